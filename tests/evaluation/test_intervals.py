from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kenali.evaluation import score
from kenali.evaluation.intervals import intervals
from kenali.types import Metrics


def metrics(truth: list[int], named: list[int], k: int) -> Metrics:
    return score(np.eye(k)[named], truth, [f"class {j}" for j in range(k)])


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 8), st.integers(1, 40), st.integers(0, 10_000))
def test_every_interval_lies_around_its_figure(k: int, n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    found = metrics(random.integers(0, k, n).tolist(), random.integers(0, k, n).tolist(), k)
    told = intervals(found)
    pairs = [(told.balanced_accuracy, found.balanced_accuracy), (told.macro_f1, found.macro.f1)]
    pairs += [(told.per_class[name].f1, one.f1) for name, one in found.per_class.items()]
    for interval, figure in pairs:
        assert 0 <= interval.low <= figure + 1e-12
        assert figure <= interval.high + 1e-12 <= 1 + 2e-12
    for name, one in found.per_class.items():
        assert told.per_class[name].recall.value == one.recall
        assert told.per_class[name].precision.value == one.precision


def test_more_photos_narrow_them() -> None:
    few = metrics([0, 0, 1, 1] * 5, [0, 1, 1, 1] * 5, 2)
    many = metrics([0, 0, 1, 1] * 500, [0, 1, 1, 1] * 500, 2)
    wide, narrow = intervals(few).balanced_accuracy, intervals(many).balanced_accuracy
    assert narrow.high - narrow.low < 0.15 * (wide.high - wide.low)


def test_all_right_of_few_is_not_certain() -> None:
    told = intervals(metrics([0, 1, 2], [0, 1, 2], 3))
    assert told.balanced_accuracy.low < 0.8
    assert told.balanced_accuracy.high == 1.0
    assert told.macro_f1.low < 0.8


def test_a_class_without_photos_does_not_lower_balanced_accuracy() -> None:
    told = intervals(metrics([0] * 50, [0] * 50, 3))
    assert told.balanced_accuracy.low > 0.9


@pytest.mark.parametrize(
    ("rows", "support"),
    [
        ([[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0, 0.4, 0.6]], [40, 25, 12]),
        ([[0.95, 0.05], [0.1, 0.9]], [30, 30]),
        ([[0.9 if i == j else 0.1 / 7 for j in range(8)] for i in range(8)], [6] * 8),
    ],
)
def test_they_hold_the_truth_as_often_as_they_say(rows: list[list[float]], support: list[int]) -> None:
    """400 samples of a classifier: of 100 intervals 91 or more hold its balanced accuracy and its macro F1."""
    random, shares, k = np.random.default_rng(0), np.array(rows), len(rows)
    expected = shares * np.array(support)[:, None]
    truths = shares.diagonal().mean(), (2 * expected.diagonal() / (expected.sum(axis=0) + expected.sum(axis=1))).mean()
    held = np.zeros(2)
    for _ in range(400):
        drawn = [random.multinomial(n, row) for n, row in zip(support, shares, strict=True)]
        truth, named = np.nonzero(np.array(drawn))
        times = np.array(drawn)[truth, named]
        told = intervals(metrics(np.repeat(truth, times).tolist(), np.repeat(named, times).tolist(), k))
        for which, interval in enumerate((told.balanced_accuracy, told.macro_f1)):
            held[which] += interval.low <= truths[which] <= interval.high
    assert (held / 400 >= 0.91).all()


def test_many_classes_with_few_photos_each_are_not_pulled_to_the_middle() -> None:
    random = np.random.default_rng(0)
    told = intervals(metrics(random.integers(0, 1000, 3000).tolist(), random.integers(0, 1000, 3000).tolist(), 1000))
    assert told.macro_f1.high < 0.05
    assert told.balanced_accuracy.high < 0.05
