"""How many of planted wrong labels `kenali check --suspects` finds, and how many of what it lists were planted.

    python benchmarks/label_suspects.py PHOTOS... [--share 0.05] [--seeds 5]

A share of the photos is put into another class, drawn by the seed, through a CSV as a user would. `first` are as many of the
list's first entries as were planted. What was not planted is not always right: some of it is wrong in the set itself.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean

import numpy as np
from measure import save

from kenali.photos import Suspect, scan
from kenali.photos.listing import csv_text
from kenali.training.suspects import label_suspects


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    rows = []
    for photos in options.photos:
        runs = [run(photos, options.share, seed) for seed in range(options.seeds)]
        whole, first, strong = ([found(*one, cut) for one in runs] for cut in ("all", "first", "strong"))
        rows.append(
            {
                "photos": photos.name,
                "planted": len(runs[0][0]),
                "listed": round(mean(len(listed) for _, listed in runs), 1),
                "recall": told(recall for recall, _ in whole),
                "precision": told(precision for _, precision in whole),
                "first_recall": told(recall for recall, _ in first),
                "strong_recall": told(recall for recall, _ in strong),
                "strong_precision": told(precision for _, precision in strong),
                "average_precision": told(average_precision(*one) for one in runs),
                "seeds": options.seeds,
            }
        )
        print(rows[-1], flush=True)
    save("label_suspects", rows)


def run(photos: Path, share: float, seed: int) -> tuple[set[str], Sequence[Suspect]]:
    """The planted paths, and the suspects found."""
    used = scan(photos).photoset
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(used), round(share * len(used)), replace=False).tolist()
    steps = dict(zip(chosen, rng.integers(1, len(used.class_names), len(chosen)).tolist(), strict=True))
    labels = [(photo.label + steps.get(i, 0)) % len(used.class_names) for i, photo in enumerate(used.photos)]
    folder = photos.absolute()
    with tempfile.TemporaryDirectory() as scratch:
        rows = [
            ((folder / photo.path).as_posix(), used.class_names[label], photo.group)
            for photo, label in zip(used.photos, labels, strict=True)
        ]
        (Path(scratch) / "list.csv").write_text(csv_text(("path", "label", "group"), rows), encoding="utf-8")
        _, suspects = label_suspects(Path(scratch) / "list.csv")
    return {used.photos[i].path for i in chosen}, suspects


def found(planted: set[str], suspects: Sequence[Suspect], cut: str) -> tuple[float, float]:
    """Recall and precision of a part of the list."""
    if cut == "first":
        suspects = suspects[: len(planted)]
    elif cut == "strong":
        suspects = [one for one in suspects if one.strong]
    hits = sum(one.path in planted for one in suspects)
    return hits / len(planted), hits / max(1, len(suspects))


def average_precision(planted: set[str], suspects: Sequence[Suspect]) -> float:
    """The mean precision at each planted photo of the list; those that it lacks count as nought."""
    hits = [rank for rank, one in enumerate(suspects, start=1) if one.path in planted]
    return sum(count / rank for count, rank in enumerate(hits, start=1)) / len(planted)


def told(values: Iterable[float]) -> str:
    """The mean over the seeds, and the range."""
    shares = list(values)
    return f"{mean(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})"


if __name__ == "__main__":
    main()
