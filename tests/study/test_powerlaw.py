from __future__ import annotations

import numpy as np
import pytest

from kenali.study.powerlaw import FACTORS, extrapolate

AMOUNTS = (20.0, 50.0, 100.0, 200.0)


def drawn(error: dict[float, float], photos: int, seeds: int, seed: int) -> list[list[dict[str, list[int]]]]:
    """Cells whose photos are wrong with the law's chance, the same difficulty of each photo at all amounts."""
    draws = np.random.default_rng(seed)
    runs = []
    for _ in range(seeds):
        difficulty = draws.random(photos)
        cells = [{"tested": list(range(photos)), "wrong": np.flatnonzero(difficulty < error[n]).tolist()} for n in AMOUNTS]
        runs.append(cells)
    return runs


def test_the_law_is_found_again() -> None:
    error = {n: 1.5 * n**-0.5 + 0.02 for n in AMOUNTS}
    law = extrapolate(AMOUNTS, drawn(error, 2000, 3, 0))
    assert law is not None
    assert [one.factor for one in law.forecasts] == list(FACTORS)
    for one in law.forecasts:
        truth = 1 - (1.5 * one.photos**-0.5 + 0.02)
        assert one.accuracy == pytest.approx(truth, abs=0.02)
        assert one.low <= one.accuracy <= one.high
    assert law.gain[1] <= law.gain[0] <= law.gain[2]


def test_the_range_holds_the_truth_mostly() -> None:
    error = {n: 1.5 * n**-0.6 + 0.03 for n in AMOUNTS}
    truth, held = 1 - (1.5 * 400**-0.6 + 0.03), 0
    for seed in range(20):
        law = extrapolate(AMOUNTS, drawn(error, 150, 3, seed), seed)
        assert law is not None
        held += law.forecasts[0].low - 1e-9 <= truth <= law.forecasts[0].high + 1e-9
    assert held >= 16


def test_a_curve_that_is_flat_or_perfect_stays_so() -> None:
    for share in (0.0, 0.1):
        law = extrapolate(AMOUNTS, drawn(dict.fromkeys(AMOUNTS, share), 100, 2, 1))
        assert law is not None
        assert law.gain[0] == pytest.approx(0, abs=1e-9)
        assert all(0 <= low <= value <= high <= 1 for _, value, low, high in law.curve)


def test_two_amounts_are_no_curve() -> None:
    cells = drawn(dict.fromkeys(AMOUNTS, 0.1), 10, 1, 0)
    assert extrapolate(AMOUNTS[:2], [run[:2] for run in cells]) is None
    assert extrapolate(AMOUNTS, []) is None
