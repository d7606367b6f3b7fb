"""Do limits and prediction sets keep their word? A simulation over random splits.

    python benchmarks/coverage.py PHOTOS... [--splits 50]

Each split divides a set 70/30, groups whole; everything is fitted on the 70 and measured on the 30. `novel` is the mean share
called novel with a limit for 5 %, `novel_inside` how many of the splits lie within the interval that the report states,
`unsure` the mean share below the limit on confidence where that limit was free to move (an answer 95 % sure is never
ambiguous), `covered` how often sets that were to hold the truth in 90 % did, `covered_enough` how many of the splits lie above
the lower end of their interval, `size` the mean number of classes in a set. Splits of one set share photos, so the shares of
splits scatter more than fifty independent sets would.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from embedded import Embedded, embedded, learned
from measure import save

from kenali.evaluation.rejection import SURE_ENOUGH, expected_beyond
from kenali.photos.split import assign

RATE, COVERAGE = 0.05, 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--splits", type=int, default=50)
    options = parser.parse_args()
    rows = []
    for folder in options.photos:
        given = embedded(folder)
        draws = [measured(given, seed) for seed in range(options.splits)]
        row: dict[str, object] = {"photos": folder.name, "n": len(given.photos), "splits": options.splits}
        row |= {key: round(float(np.nanmean([draw[key] for draw in draws])), 4) for key in draws[0]}
        rows.append(row)
        print(row, flush=True)
    save("coverage", rows)


def measured(given: Embedded, seed: int) -> dict[str, float]:
    """What one split shows."""
    part = assign(given.groups.tolist(), given.labels.tolist(), [0.7, 0.3], seed)
    known, new = given.of(np.flatnonzero(part == 0)), given.of(np.flatnonzero(part == 1))
    model = learned(known, seed, RATE, COVERAGE)
    predictions = model.predict(new.features)
    rejection, sets = model.trust.rejection(predictions, new.labels), model.trust.set_score(predictions, new.labels)
    assert rejection is not None
    assert sets is not None
    m, n = len(new.photos), len(known.photos)
    low, high = rejection.expected
    most_missed = expected_beyond(n, 1 - COVERAGE, m)[1]
    limit = rejection.limits.ambiguous or 0.0
    free = limit < SURE_ENOUGH
    return {
        "novel": rejection.novel / m,
        "novel_inside": float(low <= rejection.novel <= high),
        "unsure": float((predictions.probs.max(axis=1) < limit).mean()) if free else np.nan,
        "limit_free": float(free),
        "covered": sets.covered.value,
        "covered_enough": float(round((1 - sets.covered.value) * m) <= most_missed),
        "size": sets.mean_size,
        "accuracy": float((predictions.labels == new.labels).mean()),
        "accuracy_of_rest": rejection.accuracy_of_rest.value,
        "unknown": rejection.rejected.value,
    }


if __name__ == "__main__":
    main()
