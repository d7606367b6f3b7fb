"""How often `kenali drift` speaks up: on photos of the same kind, where it should not, and on real shifts, where it should.

    python benchmarks/drift.py SETS... [--splits 50] [--shift-splits 3] [--other FOLDER ...] [--out drift.csv]

Same kind: many times, a third of a set's groups is taken away as new photos, the fast path learns from the rest (embeddings
come from the cache), and the new photos are compared with what training would have written into the bundle. Shifts: the same
new photos altered (darkened, blurred, grey, small, saved again) or those of another collection.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from kenali.bundle.reference import Sample, sample_of
from kenali.cache import Cache
from kenali.evaluation.drift import drift
from kenali.evaluation.drift_run import seen_in
from kenali.evaluation.drift_values import Drift
from kenali.evaluation.trust import Trust, fit_trust
from kenali.images import decode
from kenali.photos import Scan, Unlabelled, open_source, scan
from kenali.photos.layout import Catalogue
from kenali.photos.source import Source
from kenali.training.choices import HeadRecipe
from kenali.training.frozen import FrozenLearner
from kenali.training.learned import Learned, Stopwatch
from kenali.training.recipe import load_recipe
from kenali.training.reference import reference_sample
from kenali.types import FloatArray, Photo, Split

NEW, TEST = 0.35, 0.13  # shares of the groups


class Altered:
    """A source whose photos are changed on the way."""

    def __init__(self, source: Source, wanted: set[str], change: Callable[[Image.Image], Image.Image]) -> None:
        self._source, self._wanted, self._change = source, wanted, change

    def catalogue(self) -> Catalogue:
        found = self._source.catalogue()
        return Catalogue(tuple(entry for entry in found.entries if entry.path in self._wanted), found.class_names)

    def read(self, path: str) -> bytes:
        buffer = io.BytesIO()
        image = decode(self._source.read(path)).image
        self._change(image).save(buffer, "JPEG", quality=92)
        return buffer.getvalue()


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "saved again": lambda image: image,
    "brightness x 0.5": lambda image: ImageEnhance.Brightness(image).enhance(0.5),
    "brightness x 0.75": lambda image: ImageEnhance.Brightness(image).enhance(0.75),
    "blur 2 px of 256": lambda image: image.filter(ImageFilter.GaussianBlur(2 * max(image.size) / 256)),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "a third of the size": lambda image: image.resize((max(8, image.width // 3), max(8, image.height // 3))),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--splits", type=int, default=50)
    parser.add_argument("--shift-splits", type=int, default=3)
    parser.add_argument("--other", type=Path, action="append", default=[], help="another collection, for every set")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    rows: list[dict[str, object]] = []
    with Cache() as cache:
        for folder in asked.sets:
            bench = Bench(folder, cache)
            few = range(asked.shift_splits)
            found = {"same kind": [bench.same(seed) for seed in range(asked.splits)]}
            found |= {name: [bench.altered(seed, change) for seed in few] for name, change in CHANGES.items() if few}
            others = [other for other in asked.other if other != folder and few]
            found |= {f"photos of {other.name}": [bench.others(seed, other) for seed in few] for other in others}
            rows += [_row(folder.name, what, each) for what, each in found.items()]
            print("\n".join(str(row) for row in rows[-len(found) :]), flush=True)
    if asked.out:
        with asked.out.open("w", newline="") as file:
            table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)


class Bench:
    """One set: scanned and embedded once, split many times."""

    def __init__(self, folder: Path, cache: Cache) -> None:
        self.folder = folder
        recipe = load_recipe(budget=0)
        assert isinstance(recipe, HeadRecipe)
        self.recipe = recipe
        self.cache = cache
        self.learner = FrozenLearner(self.recipe, cache, lambda *_: None)
        self.scanned = scan(folder, facts_store=cache, on_decoded=self.learner.offer)
        self.known: dict[int, tuple[Learned, Trust, Split, tuple[Photo, ...]]] = {}

    def trained(self, seed: int) -> tuple[Learned, Trust, Split, tuple[Photo, ...]]:
        if seed not in self.known:
            photos = self.scanned.photoset.photos
            groups = np.array(sorted({photo.group for photo in photos}))
            np.random.default_rng(seed).shuffle(groups)
            ends = round(NEW * len(groups)), round((NEW + TEST) * len(groups))
            new, test = set(groups[: ends[0]]), set(groups[ends[0] : ends[1]])
            held = tuple(photo for photo in photos if photo.group in new)
            tested = tuple(photo for photo in photos if photo.group in test)
            rest = tuple(photo for photo in photos if photo.group not in new | test)
            parts = Split(rest, (), tested)
            learned = self.learner.learn(self.scanned, parts, Stopwatch())
            self.known[seed] = learned, fit_trust(learned.held_out, self.recipe.reject, self.recipe.sets), parts, held
        return self.known[seed]

    def same(self, seed: int) -> Drift:
        _, _, _, held = self.trained(seed)
        return self.compared(seed, self.scanned, held)

    def altered(self, seed: int, change: Callable[[Image.Image], Image.Image]) -> Drift:
        _, _, _, held = self.trained(seed)
        source = Altered(open_source(self.folder), {photo.path for photo in held}, change)
        found = scan(source, facts_store=self.cache, on_decoded=self.learner.offer)
        return self.compared(seed, found, found.photoset.photos)

    def others(self, seed: int, folder: Path) -> Drift:
        found = scan(Unlabelled(open_source(folder)), facts_store=self.cache, on_decoded=self.learner.offer)
        return self.compared(seed, found, found.photoset.photos)

    def compared(self, seed: int, scanned: Scan, photos: tuple[Photo, ...]) -> Drift:
        learned, trust, parts, _ = self.trained(seed)
        reference = reference_sample(learned, trust, parts, self.scanned)
        features = self.learner.features(photos, scanned.photoset.source)
        logits, novelty = _answers(learned, features)
        predicted = trust.predictions(logits, self.scanned.photoset.class_names, novelty)
        rows: dict[str, dict[str, object]] = {}
        for photo, probs, strange in zip(photos, predicted.probs, novelty, strict=True):
            answer = {"label": int(probs.argmax()), "confidence": float(probs.max()), "novelty": float(strange)}
            rows.setdefault(photo.group, answer | seen_in(scanned, photo))
        new: Sample = sample_of(list(rows.values()), "photos")
        return drift(reference, new, self.scanned.photoset.class_names, trust.limits)


def _answers(learned: Learned, features: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logits (n, k) and novelty (n,) of features (n, d), by the numbers in the graph."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load_model_from_string(learned.model).graph
    numbers = {one.name: one for one in graph.initializer}
    head = next(node for node in graph.node if "logits" in node.output)
    weight, bias = (numpy_helper.to_array(numbers[name]) for name in head.input[1:3])
    prototypes = numpy_helper.to_array(numbers["novelty.prototypes"])
    weight = weight if weight.shape[0] == features.shape[1] else weight.T
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    nearest = np.sort(unit @ prototypes, axis=1)[:, -3:]
    return (features @ weight + bias).astype(np.float32), (1 - nearest.mean(axis=1)).astype(np.float32)


def _row(name: str, what: str, found: list[Drift]) -> dict[str, object]:
    named = Counter(one.name for each in found for one in each.found)
    return {
        "set": name,
        "new photos": what,
        "comparisons": len(found),
        "photos": round(float(np.mean([each.n for each in found]))),
        "reference": round(float(np.mean([each.reference_n for each in found]))),
        "changed": sum(each.verdict != "none" for each in found),
        "answers changed": sum(each.verdict == "answers" for each in found),
        "mix changed": sum(each.mix.found for each in found),
        "measures": " ".join(f"{measure}:{n}" for measure, n in named.most_common()),
    }


if __name__ == "__main__":
    main()
