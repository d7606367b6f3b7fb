"""Accuracy of `kenali train` on folders of photos: five-fold cross-validation of all photos, and 80/20 splits.

    python benchmarks/accuracy.py PHOTOS... [--seeds 5]

The seed draws folds and splits. Intervals are Wilson's 95 % of one run; the mean is over the seeds.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import mean

from measure import save

import kenali


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for photos in options.photos:
            whole = [train(photos, folder, (1.0, 0.0, 0.0), seed) for seed in range(options.seeds)]
            parts = [train(photos, folder, (0.8, 0.0, 0.2), seed) for seed in range(options.seeds)]
            folds = [result.cross_validation.accuracy for result in whole if result.cross_validation]
            tests = [result.metrics.accuracy for result in parts if result.metrics]
            row = {
                "photos": photos.name,
                "n": folds[0].n,
                "five_fold_mean": round(mean(score.value for score in folds), 4),
                "five_fold_worst": round(min(score.value for score in folds), 4),
                "five_fold_best": round(max(score.value for score in folds), 4),
                "interval_of_first": f"{folds[0].low:.3f}-{folds[0].high:.3f}",
                "test_mean": round(mean(score.value for score in tests), 4),
                "test_first": f"{tests[0].value:.3f} ({tests[0].low:.3f}-{tests[0].high:.3f}) of {tests[0].n}",
                "views": " ".join(sorted({str(len(views(result))) for result in whole})),
                "seeds": options.seeds,
            }
            rows.append(row)
            print(row, flush=True)
    save("accuracy", rows)


def train(photos: Path, folder: str, ratios: tuple[float, float, float], seed: int) -> kenali.TrainResult:
    return kenali.train(photos, Path(folder) / "bundle", recipe=kenali.FrozenRecipe(ratios=ratios, seed=seed, golden=0))


def views(result: kenali.TrainResult) -> list[str]:
    """The augmented views that the run kept."""
    kept: list[str] = kenali.load(result.bundle).manifest.provenance["views"]
    return kept


if __name__ == "__main__":
    main()
