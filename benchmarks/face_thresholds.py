"""Does a fitted threshold keep what it states? Galleries drawn from one population, whose true rate is known.

    python benchmarks/face_thresholds.py [--runs 100] [--save]

Each run draws people anew, fits a threshold to them and looks at the share of comparisons between 600 other people that it
accepts: the realised FAR. It should lie in the stated 95 % interval in at least 95 of 100 runs. People differ in how much
their photos scatter, so photos of one person are far from independent.
"""

from __future__ import annotations

import argparse

import numpy as np
from measure import save

from kenali.errors import KenaliError
from kenali.evaluation.face_comparisons import of_people, of_photos
from kenali.evaluation.face_thresholds import check_support, operating
from tests.faces.people import drawn_people

SETTINGS = ((5, 8, 0.01), (10, 8, 0.01), (20, 4, 0.01), (40, 3, 0.01), (80, 3, 0.001), (80, 3, 0.01))


def realised(people: int, photos: int, far: float, runs: int) -> list[dict[str, object]]:
    """How often the realised rate lay in the stated interval, for two photos and for a photo against people."""
    crowd = of_photos(drawn_people(600, photos, seed=10**6)) if photos < 5 else of_photos(drawn_people(250, photos, seed=10**6))
    rows: list[dict[str, object]] = []
    for kind in ("verify", "identify"):
        gaps, weights = (crowd if kind == "verify" else of_people(crowd)).impostors()
        held, rates, widths, refused = 0, [], [], 0
        for seed in range(runs):
            drawn = drawn_people(people, photos, seed=seed)
            try:
                check_support(drawn, far)
            except KenaliError:
                refused += 1
                continue
            own = of_photos(drawn)
            rate = operating(own if kind == "verify" else of_people(own), far)
            below = int(np.searchsorted(gaps, rate.threshold, side="right"))
            truth = float(weights[below - 1]) if below else 0.0
            held += rate.far.low <= truth <= rate.far.high
            rates.append(truth)
            widths.append(rate.far.high / far)
        rows.append(
            {
                "kind": kind,
                "people": people,
                "photos": photos,
                "wished_far": far,
                "runs": runs - refused,
                "refused": refused,
                "in_the_interval": held,
                "realised_mean": round(float(np.mean(rates)), 5) if rates else None,
                "realised_sd": round(float(np.std(rates)), 5) if rates else None,
                "upper_end_over_wished": round(float(np.median(widths)), 2) if rates else None,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    rows = []
    for setting in (*SETTINGS, (10, 4, 0.001)):
        for row in realised(*setting, options.runs):
            rows.append(row)
            print(row, flush=True)
    if options.save:
        save("face_thresholds", rows)


if __name__ == "__main__":
    main()
