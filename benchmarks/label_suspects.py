"""How many of planted wrong labels `kenali check --suspects` finds, beside cleanlab on the same held-out probabilities.

    python benchmarks/label_suspects.py PHOTOS... [--share 0.05] [--seeds 5]

A share of the photos is put into another class, drawn by the seed, through a CSV as a user would. `first` are as many of the
list's first entries as were planted. cleanlab lists what `find_label_issues` gives as it comes; its best score is the one of
self-confidence, normalised margin (each plain and adjusted) and confidence-weighted entropy that ranks best on that set.
What was not planted is not always right: some of it is wrong in the set itself.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from measure import save

from kenali.photos import scan
from kenali.photos.listing import csv_text
from kenali.training.suspects import judge_labels, rank
from kenali.types import FloatArray, IntArray

SCORES = [
    ("self_confidence", False),
    ("self_confidence", True),
    ("normalized_margin", False),
    ("normalized_margin", True),
    ("confidence_weighted_entropy", False),
]


@dataclass(frozen=True, slots=True)
class Run:
    """The planted photos by number, and what was made of all."""

    planted: set[int]
    probs: FloatArray
    labels: IntArray

    def shares(self, listed: Sequence[int]) -> tuple[float, float]:
        """Recall and precision of a list."""
        hits = len(self.planted & set(listed))
        return hits / len(self.planted), hits / max(1, len(listed))

    def average_precision(self, ranked: Iterable[int]) -> float:
        """The mean precision at each planted photo of the ranking; those that it lacks count as nought."""
        places = [place for place, one in enumerate(ranked, start=1) if one in self.planted]
        return sum(count / place for count, place in enumerate(places, start=1)) / len(self.planted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    rows = []
    for photos in options.photos:
        runs = [plant(photos, options.share, seed) for seed in range(options.seeds)]
        rows.append({"photos": photos.name, "planted": len(runs[0].planted), **compared(runs), "seeds": options.seeds})
        print(rows[-1], flush=True)
    save("label_suspects", rows)


def plant(photos: Path, share: float, seed: int) -> Run:
    used = scan(photos).photoset
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(used), round(share * len(used)), replace=False).tolist()
    steps = dict(zip(chosen, rng.integers(1, len(used.class_names), len(chosen)).tolist(), strict=True))
    folder = photos.absolute()
    rows = [
        (
            (folder / photo.path).as_posix(),
            used.class_names[(photo.label + steps.get(i, 0)) % len(used.class_names)],
            photo.group,
        )
        for i, photo in enumerate(used.photos)
    ]
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "list.csv").write_text(csv_text(("path", "label", "group"), rows), encoding="utf-8")
        scanned, probs, labels = judge_labels(Path(scratch) / "list.csv")
    number = {photo.path: i for i, photo in enumerate(used.photos)}
    rows_of = [number[photo.path] for photo in scanned.photoset.photos]
    return Run({row for row, i in enumerate(rows_of) if i in steps}, probs, labels)


def compared(runs: Sequence[Run]) -> dict[str, str]:
    ours = [rank(run.probs, run.labels) for run in runs]
    whole = [run.shares([photo for photo, *_ in one]) for run, one in zip(runs, ours, strict=True)]
    first = [run.shares([photo for photo, *_ in one[: len(run.planted)]]) for run, one in zip(runs, ours, strict=True)]
    strong = [run.shares([photo for photo, _, sure in one if sure]) for run, one in zip(runs, ours, strict=True)]
    theirs = [run.shares(np.flatnonzero(find_label_issues(run.labels, wide(run), n_jobs=1)).tolist()) for run in runs]
    scores = [mean(scored(run, method, adjusted) for run in runs) for method, adjusted in SCORES]
    return {
        "listed": f"{mean(len(one) for one in ours):.1f}",
        "recall": told(recall for recall, _ in whole),
        "precision": told(precision for _, precision in whole),
        "first_recall": told(recall for recall, _ in first),
        "strong_recall": told(recall for recall, _ in strong),
        "strong_precision": told(precision for _, precision in strong),
        "average_precision": told(
            run.average_precision([photo for photo, *_ in one]) for run, one in zip(runs, ours, strict=True)
        ),
        "cleanlab_recall": told(recall for recall, _ in theirs),
        "cleanlab_precision": told(precision for _, precision in theirs),
        "cleanlab_best_score": f"{max(scores):.2f} ({' '.join(f'{one:.2f}' for one in scores)})",
    }


def scored(run: Run, method: str, adjusted: bool) -> float:
    """Average precision of cleanlab's ranking of all photos."""
    quality = get_label_quality_scores(run.labels, wide(run), method=method, adjust_pred_probs=adjusted)
    return run.average_precision(np.argsort(quality, kind="stable").tolist())


def wide(run: Run) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The probabilities with rows that sum to one in double precision, as cleanlab wants them."""
    probs = run.probs.astype(np.float64)
    found: np.ndarray[tuple[int, int], np.dtype[np.float64]] = probs / probs.sum(axis=1, keepdims=True)
    return found


def told(values: Iterable[float]) -> str:
    """The mean over the seeds, and the range."""
    shares = list(values)
    return f"{mean(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})"


if __name__ == "__main__":
    main()
