"""Do heat maps show what the model uses? Cover the hottest places, or show nothing but them, and watch the probability.

    python benchmarks/explanations.py PHOTOS...

For each set the fast path's bundle is trained, and up to 48 of its test photos are judged by both methods: class activation
maps and occlusion. Of each photo the hottest fifth of the map's cells, a random fifth (mean of five draws) and the coldest
fifth are covered by the photo's mean colour ("deletion"), and likewise shown alone ("insertion"): Petsiuk and others 2018,
"RISE". The figures are mean probabilities of the class that was named; the difference is random less hottest (deletion) or
hottest less random (insertion), paired by photo, with its 95 % bootstrap interval. Above zero, the map is right.
`ms` is CPU time for one photo's evidence, `logits_ms` for its prediction alone, with and without the output `maps`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnx
from measure import save

import kenali
from kenali.explain import Method, evidence
from kenali.images import decode, draft_side, preprocess
from kenali.network import Network, softmax
from kenali.types import FloatArray, Pixels

PHOTOS = 48
SHARE = 0.2
DRAWS = 5
METHODS: tuple[Method, ...] = ("maps", "occlusion")


def main() -> None:
    for folder in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as place:
            bundle = kenali.train(folder, Path(place) / "bundle", recipe=kenali.load_recipe(budget=0)).bundle
            rows = judged(Path(folder), bundle)
        for row in rows:
            print(row, flush=True)
        save("explanations", rows)


def judged(folder: Path, bundle: Path) -> list[dict[str, object]]:
    scanned = kenali.scan(folder)
    parts = kenali.split(scanned.photoset)
    classifier = kenali.load(bundle)
    network, preprocessing = classifier.network, classifier.manifest.preprocessing
    read, min_side = scanned.photoset.source.read, draft_side(preprocessing)
    order = np.random.default_rng(0).permutation(len(parts.test))[:PHOTOS]
    photos = [preprocess(decode(read(parts.test[i].path), min_side=min_side).image, preprocessing) for i in order]
    bare = Network(without_maps((bundle / "model.onnx").read_bytes()))
    bare_ms, full_ms = in_turn([lambda: bare(photos[0][None], "logits"), lambda: network(photos[0][None], "logits")])
    rows = []
    for method in METHODS:
        tests = [tested(network, pixels, method, seed) for seed, pixels in enumerate(photos)]
        whole, *deleted = np.array([[whole, *deletion] for whole, deletion, _ in tests]).T
        inserted = np.array([insertion for _, _, insertion in tests]).T
        (ms,) = in_turn([partial(evidence, network, photos[0], method)])
        rows.append(
            {
                "photos": folder.name,
                "n": len(photos),
                "method": method,
                "whole": mean(whole),
                **{f"deletion_{name}": mean(values) for name, values in zip(("hot", "random", "cold"), deleted, strict=True)},
                "deletion_gain": paired(deleted[1] - deleted[0]),
                **{f"insertion_{name}": mean(values) for name, values in zip(("hot", "random", "cold"), inserted, strict=True)},
                "insertion_gain": paired(inserted[0] - inserted[1]),
                "ms": round(ms, 1),
                "logits_ms": round(full_ms, 2),
                "logits_ms_without_maps": round(bare_ms, 2),
            }
        )
    return rows


def tested(network: Network, pixels: Pixels, method: Method, seed: int) -> tuple[float, list[float], list[float]]:
    """Probabilities of the class named: of the whole photo, and without and with only the hot, random and cold cells."""
    seen = evidence(network, pixels, method)
    label = int(seen.logits.argmax())
    cells = seen.places[label]
    count = round(SHARE * cells.size)
    order = cells.ravel().argsort(kind="stable")
    generator = np.random.default_rng(seed)
    draws = [generator.permutation(cells.size)[:count] for _ in range(DRAWS)]

    def probability(chosen: np.ndarray, shown: bool) -> float:
        inside = np.zeros(cells.size, bool)
        inside[chosen] = True
        rows, columns = (np.arange(side) * n // side for side, n in zip(pixels.shape[:2], cells.shape, strict=True))
        mask = inside.reshape(cells.shape)[rows][:, columns]
        covered = pixels.copy()
        covered[mask != shown] = pixels.mean(axis=(0, 1)).round()
        return float(softmax(network(covered[None], "logits")["logits"])[0, label])

    def three(shown: bool) -> list[float]:
        random = float(np.mean([probability(draw, shown) for draw in draws]))
        return [probability(order[-count:], shown), random, probability(order[:count], shown)]

    return float(softmax(seen.logits)[label]), three(False), three(True)


def paired(differences: FloatArray) -> str:
    """Mean difference with its 95 % bootstrap interval over photos."""
    generator = np.random.default_rng(0)
    means = differences[generator.integers(0, len(differences), (2000, len(differences)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{differences.mean():+.3f} ({low:+.3f} to {high:+.3f})"


def mean(values: FloatArray) -> float:
    return round(float(np.mean(values)), 3)


def in_turn(calls: list[Callable[[], object]], times: int = 15) -> list[float]:
    """Median CPU milliseconds of each call, the calls taken in turn."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(times):
        for call, seconds in zip(calls, taken, strict=True):
            start = time.thread_time()
            call()
            seconds.append(1000 * (time.thread_time() - start))
    return [float(np.median(seconds)) for seconds in taken]


def without_maps(model: bytes) -> bytes:
    """The graph as it would be without the output; ONNX Runtime then drops what led to it."""
    proto = onnx.load_model_from_string(model)
    kept = [output for output in proto.graph.output if output.name != "maps"]
    del proto.graph.output[:]
    proto.graph.output.extend(kept)
    return bytes(proto.SerializeToString())


if __name__ == "__main__":
    main()
