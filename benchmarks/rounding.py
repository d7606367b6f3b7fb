"""What 8-bit weights cost: answers of a bundle's network, as it is and with its weights as the page gets them.

    python benchmarks/rounding.py BUNDLE PHOTOS [BUNDLE PHOTOS ...]

Both run under ONNX Runtime on every photo of the set, whether learned from or not, for it is the difference that counts.
`plain` rounds every kernel of 1,024 numbers or more to 8 bits a channel; `small` keeps those below 32,768 numbers in 16 bits;
`careful` is what `kenali export --to web` does: `small`, its errors compensated by what the layers see of the golden photos
and of eight drawn pictures. `margin` is how far apart the two likeliest classes of the photos lay that changed their answer.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from time import perf_counter
from unittest import mock

import numpy as np
from measure import save

from kenali.bundle import Bundle, open_bundle
from kenali.errors import PhotoError
from kenali.export.careful import carefully_rounded
from kenali.export.graph import Graph, read_graph, write_graph
from kenali.export.measure import drawn_pictures, golden_photos
from kenali.export.simplify import simplified
from kenali.export.storage import Storage, rounded, storage_of
from kenali.images import decode, draft_side, preprocess
from kenali.inputs import PhotoInput, photo_inputs
from kenali.network import Network, softmax
from kenali.parallel import map_in_order
from kenali.types import FloatArray, Pixels

_BYTES = {"float32": 4, "float16": 2, "int8": 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, nargs="+", metavar="BUNDLE PHOTOS")
    pairs = parser.parse_args().pairs
    rows = [row for path, photos in zip(pairs[::2], pairs[1::2], strict=True) for row in measured(open_bundle(path), photos)]
    save("rounding", rows)


def measured(bundle: Bundle, photos: Path) -> Iterator[dict[str, object]]:
    """A row for each way of rounding."""
    pixels = [one for one in map_in_order(partial(seen, bundle), photo_inputs([str(photos)])) if one is not None]
    before, novelty = answers(bundle, bundle.model.read_bytes(), pixels)
    ranked = np.sort(before, axis=1)
    for way, (graph, storage, seconds) in ways(bundle).items():
        after, strangeness = answers(bundle, write_graph(graph), pixels)
        moved = np.abs(after - before).max(axis=1)
        changed = after.argmax(axis=1) != before.argmax(axis=1)
        encodings = {name: how.encoding for name, how in storage.items()}
        sizes = (value.size * _BYTES[encodings.get(name, "float32")] for name, value in graph.constants.items())
        row: dict[str, object] = {
            "bundle": bundle.path.name,
            "photos": len(pixels),
            "rounding": way,
            "megabytes": round(sum(sizes) / 1e6, 2),
            "seconds": round(seconds, 1),
            "same_answer": round(1 - float(changed.mean()), 4),
            "margin": " ".join(f"{margin:.3f}" for margin in (ranked[:, -1] - ranked[:, -2])[changed]),
            "mean_diff": round(float(moved.mean()), 4),
            "p99_diff": round(float(np.quantile(moved, 0.99)), 4),
            "max_diff": round(float(moved.max()), 4),
            "max_novelty_diff": round(float(np.abs(strangeness - novelty).max()), 4),
        }
        print(row, flush=True)
        yield row


def ways(bundle: Bundle) -> dict[str, tuple[Graph, dict[str, Storage], float]]:
    """The rounded graph, how it is stored, and the seconds that rounding took."""
    graph = simplified(read_graph(bundle.model.read_bytes()))
    with mock.patch("kenali.export.storage._SMALL", 0):
        everything = storage_of(graph, "int8")
    storage = storage_of(graph, "int8")
    pictures = [photo.pixels for photo in chain(golden_photos(bundle), drawn_pictures(bundle))]
    start = perf_counter()
    careful, scaled = carefully_rounded(graph, storage, pictures)
    seconds = perf_counter() - start
    return {
        "plain": (rounded(graph, everything), everything, 0.0),
        "small": (rounded(graph, storage), storage, 0.0),
        "careful": (careful, scaled, seconds),
    }


def seen(bundle: Bundle, photo: PhotoInput) -> Pixels | None:
    """What the network sees of a photo, None where it cannot be read."""
    preprocessing = bundle.manifest.preprocessing
    try:
        return preprocess(decode(photo.read(), min_side=draft_side(preprocessing)).image, preprocessing)
    except (PhotoError, OSError):
        return None


def answers(bundle: Bundle, model: bytes, pixels: list[Pixels]) -> tuple[FloatArray, FloatArray]:
    """Probabilities (n, k) and novelty (n,), which is 0 where the network has no such score."""
    network, temperature = Network(model), bundle.manifest.calibration.temperature
    outputs = list(map_in_order(lambda one: network(one[None], *network.answers), pixels))
    novelty = [one.get("novelty", np.zeros(1, np.float32)) for one in outputs]
    return softmax(np.concatenate([one["logits"] for one in outputs]), temperature), np.concatenate(novelty)


if __name__ == "__main__":
    main()
