"""What `kenali train` gains after the fast path: both models on held-out photos and on the test part, over several draws.

    python benchmarks/fine_tuning_gain.py PHOTOS... [--seeds 3] [--budget 180]

Each draw keeps 30 % of the photos for testing, groups whole. `held_out` are photos of the training part that neither model
learned from, which decide what ships; the test part decides nothing. The last line of a set pools its draws: of the same
photos in other parts, so that its interval is somewhat too narrow.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measure import save

import kenali
from kenali.evaluation import wilson
from kenali.types import Contest, Proportion


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=180.0)
    options = parser.parse_args()
    rows = []
    for photos in options.photos:
        frozen, shipped = [], []
        for seed in range(options.seeds):
            contest = contested(photos, seed, options.budget)
            assert contest.frozen_test is not None
            frozen.append(contest.frozen_test)
            kept = contest.tuned_test if contest.outcome == "tuned" else None
            shipped.append(kept or contest.frozen_test)
            rows.append(row(photos.name, str(seed), contest, frozen[-1], shipped[-1]))
            print(rows[-1], flush=True)
        rows.append(row(photos.name, "pooled", None, pooled(frozen), pooled(shipped)))
        print(rows[-1], flush=True)
    save("fine_tuning_gain", rows)


def contested(photos: Path, seed: int, budget: float) -> Contest:
    recipe = kenali.load_recipe("auto", seed=seed, ratios=(0.7, 0.0, 0.3), budget=budget, golden=0)
    with tempfile.TemporaryDirectory() as folder:
        contest = kenali.train(photos, Path(folder) / "bundle", recipe=recipe).contest
    assert contest is not None
    return contest


def pooled(scores: list[Proportion]) -> Proportion:
    return wilson(sum(round(one.value * one.n) for one in scores), sum(one.n for one in scores))


def row(name: str, seed: str, contest: Contest | None, frozen: Proportion, shipped: Proportion) -> dict[str, object]:
    judged = contest if contest and contest.gain else None
    value, low, high = judged.gain if judged and judged.gain else (0.0, 0.0, 0.0)
    return {
        "photos": name,
        "seed": seed,
        "outcome": contest.outcome if contest else "",
        "held_out": judged.frozen.n if judged and judged.frozen else "",
        "held_out_gain": round(value, 3) if judged else "",
        "gain_low": round(low, 3) if judged else "",
        "gain_high": round(high, 3) if judged else "",
        "epochs": judged.epochs if judged else "",
        "blend": judged.blend if judged else "",
        "test": frozen.n,
        "frozen_test": told(frozen),
        "shipped_test": told(shipped),
    }


def told(share: Proportion) -> str:
    return f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f})"


if __name__ == "__main__":
    main()
