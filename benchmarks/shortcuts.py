"""What should not matter, set by set: how far it tells the classes apart; and how often a clean set raises a false alarm.

    python benchmarks/shortcuts.py PHOTOS... [--forest]
    python benchmarks/shortcuts.py [PHOTOS...] --control [--seeds 20]

The first form prints the balanced accuracy of each baseline on all photos of each set, beside the model's, and its verdict;
with `--forest` also what scikit-learn's random forest of 200 trees gets from the same descriptors and folds, and how long it
takes. The second form counts false alarms: on drawn sets whose classes differ in a shape in the middle and in nothing else
while size, quality and background vary at random, each drawn anew; and on each set given, its labels dealt out at random
among its groups. Kenali states that at most 5 % of such sets show a baseline that is not quiet.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from measure import save
from PIL import Image, ImageDraw

import kenali
from kenali.cache import Cache
from kenali.evaluation import Shortcut, find_shortcuts, wilson
from kenali.evaluation.shortcuts import FALSE_ALARMS, KINDS, descriptors
from kenali.photos import Scan, folds, scan
from kenali.types import FloatArray

SHAPES = ("disc", "square", "triangle")
PER_CLASS = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--forest", action="store_true")
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    if options.control:
        save("shortcuts_control", list(controls(options.photos, options.seeds)))
    else:
        name = "shortcuts_forest" if options.forest else "shortcuts"
        save(name, [row for photos in options.photos for row in baselines(photos, options.forest)])


def baselines(photos: Path, forest: bool) -> Iterator[dict[str, object]]:
    """One row for each baseline of a set, beside the model cross-validated on all of its photos."""
    recipe = kenali.load_recipe("auto", ratios=(1.0, 0.0, 0.0), budget=0, golden=0)
    with tempfile.TemporaryDirectory() as folder:
        document = kenali.train(photos, Path(folder) / "bundle", recipe=recipe).document
    scanned = scanned_with_cache(photos)
    peers = forests(scanned) if forest else {}
    print(f"\n{photos.name}: {len(scanned.photoset)} photos, baselines in {document['seconds']['shortcuts']:.2f} s", flush=True)
    for one in document["shortcuts"]:
        share = one["balanced_accuracy"]
        row: dict[str, object] = {
            "photos": photos.name,
            "baseline": one["kind"],
            "balanced_accuracy": round(share["value"], 3),
            "low": round(share["low"], 3),
            "high": round(share["high"], 3),
            "chance": round(one["chance"], 3),
            "model": round(one["model"], 3),
            "p": round(one["p_value"], 3),
            "verdict": one["verdict"],
        }
        if peers:
            row |= {"forest": round(peers[one["kind"]][0], 3), "forest_s": round(peers[one["kind"]][1], 2)}
        print("  ", *(f"{value}" for value in row.values()), flush=True)
        yield row


def forests(scanned: Scan) -> dict[str, tuple[float, float]]:
    """What a random forest gets from each baseline's columns on the same folds, and its seconds."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import PredefinedSplit, cross_val_predict

    photos = scanned.photoset.photos
    labels, fold = np.array([photo.label for photo in photos]), folds(photos, 5)

    def judged(columns: FloatArray) -> tuple[float, float]:
        start = time.perf_counter()
        forest = RandomForestClassifier(200, class_weight="balanced_subsample", min_samples_leaf=2, random_state=0)
        named = cross_val_predict(forest, columns, labels, cv=PredefinedSplit(fold))
        return float(balanced_accuracy_score(labels, named)), time.perf_counter() - start

    return {kind: judged(columns) for kind, columns in descriptors([scanned.facts[p.path] for p in photos]).items()}


def controls(sets: list[Path], seeds: int) -> Iterator[dict[str, object]]:
    """One row for each kind of clean set: how many of `seeds` were not quiet, and how many raised the alarm."""
    yield counted("drawn shapes", [drawn_control(seed) for seed in range(seeds)])
    for photos in sets:
        scanned = scanned_with_cache(photos)
        yield counted(f"{photos.name}, labels at random", [dealt_control(scanned, seed) for seed in range(seeds)])


def counted(name: str, found: list[tuple[Shortcut, ...]]) -> dict[str, object]:
    judged = [[one for one in shortcuts if one.kind in KINDS] for shortcuts in found]  # the others may see the shape
    strict = [[one for one in shortcuts if one.verdict != "quiet"] for shortcuts in judged]
    by_chance = sum(any(one.p_value <= FALSE_ALARMS for one in shortcuts) for shortcuts in judged)
    rate = wilson(sum(map(bool, strict)), len(found))
    row: dict[str, object] = {
        "control": name,
        "sets": len(found),
        "not_quiet": sum(map(bool, strict)),
        "rate": round(rate.value, 3),
        "low": round(rate.low, 3),
        "high": round(rate.high, 3),
        "alarms": sum(any(one.verdict == "gives-away" for one in some) for some in strict),
        "any_p_below_.05": by_chance,
        "which": " ".join(sorted({one.kind for some in strict for one in some})),
    }
    print(row, flush=True)
    return row


def dealt_control(scanned: Scan, seed: int) -> tuple[Shortcut, ...]:
    """The baselines of a set whose groups got one another's labels."""
    photos = scanned.photoset.photos
    label_of = {photo.group: photo.label for photo in photos}
    dealt = np.random.default_rng(seed).permutation(list(label_of.values())).tolist()
    given: dict[str, int] = dict(zip(label_of, dealt, strict=True))
    relabelled = [replace(photo, label=given[photo.group]) for photo in photos]
    return find_shortcuts(relabelled, scanned.facts, scanned.photoset.class_names)


def drawn_control(seed: int) -> tuple[Shortcut, ...]:
    with tempfile.TemporaryDirectory() as folder:
        draw_set(Path(folder), np.random.default_rng(seed))
        scanned = scan(folder)
        return find_shortcuts(scanned.photoset.photos, scanned.facts, scanned.photoset.class_names)


def draw_set(folder: Path, random: np.random.Generator) -> None:
    for name in SHAPES:
        (folder / name).mkdir()
        for number in range(PER_CLASS):
            side = int(random.choice((96, 128, 160)))
            picture(name, side, random).save(folder / name / f"{number}.jpg", quality=int(random.choice((75, 85, 95))))


def picture(shape: str, side: int, random: np.random.Generator) -> Image.Image:
    """A shape of random colour and size in the middle of a random texture; it never reaches the outer fifth."""
    noise = random.integers(0, 256, (7, 7, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC)
    radius, centre = side * random.uniform(0.15, 0.25), side / 2
    colour = tuple(int(value) for value in random.integers(0, 256, 3))
    pen = ImageDraw.Draw(image)
    if shape == "disc":
        pen.ellipse((centre - radius, centre - radius, centre + radius, centre + radius), fill=colour)
    else:
        corners = 4 if shape == "square" else 3
        pen.regular_polygon((centre, centre, radius), corners, rotation=int(random.integers(0, 360)), fill=colour)
    return image


def scanned_with_cache(photos: Path) -> Scan:
    with Cache() as cache:
        return scan(photos, facts_store=cache)


if __name__ == "__main__":
    main()
