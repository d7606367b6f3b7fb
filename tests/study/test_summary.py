from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kenali.study.cell import Cell, Setting
from kenali.study.summary import mean_interval, paired, pooled, summarise
from tests.study.invented import astray, figures


def test_the_interval_over_seeds_is_students() -> None:
    values = [0.8, 0.9, 0.85, 0.7]
    interval = mean_interval(values)
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert interval is not None
    assert (interval.mean, interval.low, interval.high) == pytest.approx((0.8125, low, high))
    assert mean_interval([1.0, 0.9, 1.0], (0, 1)).high == 1  # type: ignore[union-attr]
    assert mean_interval([0.5]) is not None
    assert mean_interval([0.5]).low is None  # type: ignore[union-attr]
    assert mean_interval([]) is None


def test_a_photo_that_several_seeds_tested_counts_once() -> None:
    cells = [figures(0.9, seed) for seed in range(3)]
    share = pooled(cells)
    assert share is not None
    assert share.n == 80  # 40 photos a seed, half of them shared with the next
    assert share.value == pytest.approx(0.9)
    assert pooled([]) is None


def test_the_difference_takes_the_wider_of_two_intervals() -> None:
    better = {seed: figures(0.9, seed) for seed in range(3)}
    worse = {seed: figures(0.8, seed) for seed in range(3)}
    gain = paired(worse, better)
    assert gain is not None
    assert gain.mean == pytest.approx(-0.1)
    assert gain.low is not None
    assert gain.high is not None
    assert gain.low < -0.1 < gain.high < 0  # all seeds agree, so only the photos make it wide
    single = paired({0: worse[0]}, {0: better[0]})
    assert single is not None
    assert single.excludes_zero
    assert paired(worse, {}) is None
    same = paired(better, better)
    assert same is not None
    assert (same.low, same.high) == (0, 0)
    assert not same.excludes_zero


def test_the_interval_over_photos_holds_what_it_says() -> None:
    """Two settings that are equally good differ by chance alone: the interval leaves out 0 in about 5 of 100 tries."""
    draws, missed = np.random.default_rng(0), 0
    for _ in range(400):
        cells = []
        for _ in range(2):
            wrong = np.flatnonzero(draws.random(100) < 0.2).tolist()
            cells.append({0: {"tested": list(range(100)), "wrong": wrong}})
        gain = paired(*cells)
        missed += gain is not None and gain.excludes_zero
    assert missed <= 36


def test_a_setting_that_always_diverges_has_no_accuracy() -> None:
    fine, lost = (Setting(code, None, "network", {}) for code in ("fine", "lost"))
    cells = [(Cell(fine, seed), figures(0.9, seed)) for seed in range(2)]
    cells += [(Cell(lost, seed), astray()) for seed in range(2)]
    first, second = summarise(cells, ("fine", None))
    assert first.accuracy is not None
    assert first.gain is None
    assert (second.accuracy, second.pooled, second.gain, second.diverged) == (None, None, None, 2)
    assert second.mean("train_photos") == 352
    assert second.mean("ms_a_step") is None
