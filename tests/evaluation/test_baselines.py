"""Baselines against oracles: a ridge fitted anew for each fold, SciPy's ranks, and the false-alarm rate they promise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import beta, rankdata

from kenali.evaluation import baselines
from kenali.evaluation.baselines import hold_out, interval, lead, ranks, smoother
from kenali.types import FloatArray, IntArray


def drawn(n: int = 60, seed: int = 0) -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """Columns without meaning, two classes, every photo for itself, five stratified folds."""
    columns = np.random.default_rng(seed).normal(size=(n, 3)).astype(np.float32)
    return columns, np.arange(n) % 2, np.arange(n), np.arange(n) // 2 % 5


def test_ranks_are_scipys_with_ties_shared_and_constant_columns_left_out() -> None:
    columns = np.random.default_rng(0).integers(0, 9, (50, 4)).astype(np.float32)
    columns[:, 2] = 7
    wanted = (rankdata(columns[:, [0, 1, 3]], axis=0) - 0.5) / 50
    assert np.allclose(ranks(columns), wanted)


def test_the_smoother_is_a_ridge_fitted_without_each_fold() -> None:
    columns, _, _, folds = drawn()
    seen = ranks(columns).astype(np.float64)
    distance = np.linalg.norm(seen[:, None] - seen[None], axis=2)
    kernel = np.exp(-distance / (baselines._WIDTH * distance.mean()))
    weights = smoother(columns, folds)
    for fold in range(5):
        held, kept = folds == fold, folds != fold
        inner = kernel[np.ix_(kept, kept)] + baselines._RIDGE * np.eye(kept.sum())
        assert np.allclose(weights[np.ix_(held, kept)], kernel[np.ix_(held, kept)] @ np.linalg.inv(inner), atol=1e-5)
        assert not weights[np.ix_(held, held)].any()


def test_a_telling_column_is_found_and_idle_ones_are_not() -> None:
    columns, labels, units, folds = drawn()
    telling = (columns[:, :1] + 4 * labels[:, None]).astype(np.float32)
    held = hold_out({"idle": columns, "telling": telling, "same": np.ones_like(columns)}, labels, units, folds, draws=99)
    assert held["telling"].balanced_accuracy > 0.9
    assert held["telling"].p_value == pytest.approx(0.01)
    assert held["idle"].p_value > 0.05
    assert (held["same"].balanced_accuracy, held["same"].p_value) == (0.5, 1.0)
    assert held["telling"].right.mean() == pytest.approx(held["telling"].balanced_accuracy)


def test_a_cut_in_two_dimensions_is_found() -> None:
    columns, _, units, folds = drawn(120)
    labels = (columns[:, 0] * columns[:, 1] > 0).astype(np.int64)
    assert hold_out({"both": columns[:, :2]}, labels, units, folds, draws=19)["both"].balanced_accuracy > 0.75


@pytest.mark.parametrize("group", [1, 3])
def test_false_alarms_are_as_rare_as_stated_over_all_baselines(group: int) -> None:
    """Of 200 sets whose groups, of photos that look alike, have labels at random: those with a p-value of 5 % or less."""
    random, fired = np.random.default_rng(group), 0
    units = np.arange(36 * group) // group
    for _ in range(200):
        centres = random.normal(size=(36, 4))
        columns = (centres[units] + 0.1 * random.normal(size=(len(units), 4))).astype(np.float32)
        labels, folds = random.permutation(np.arange(36) % 3)[units], random.integers(0, 4, 36)[units]
        held = hold_out({str(j): columns[:, [j]] for j in range(4)}, labels, units, folds, draws=19)
        fired += any(one.p_value <= 0.05 for one in held.values())
    assert fired <= 20  # 10 are expected; more than 20 have a chance of 0.1 %


def test_many_classes_and_a_class_that_a_fold_lacks() -> None:
    n = 90
    labels, units = np.arange(n) % 30, np.arange(n)
    folds = np.arange(n) // 30  # three folds, each class once in each
    columns = np.stack([labels + 0.1 * np.random.default_rng(0).normal(size=n)], axis=1).astype(np.float32)
    assert hold_out({"number": columns}, labels, units, folds, draws=9)["number"].balanced_accuracy > 0.7
    lacking = np.where(labels == 0, 0, folds)
    assert hold_out({"number": columns}, labels, units, lacking, draws=9)["number"].balanced_accuracy > 0.7


@pytest.mark.parametrize(("right", "n"), [(20, 20), (0, 20), (13, 40)])
def test_the_interval_of_one_class_is_jeffreys(right: int, n: int) -> None:
    hits: npt.NDArray[np.bool_] = np.arange(n) < right
    low, high = interval(hits, np.zeros(n, np.int64), np.arange(n))
    wanted = beta(right + 0.5, n - right + 0.5).ppf([0.025, 0.975])
    assert [low, high] == pytest.approx(wanted, abs=0.02)


def test_photos_of_one_group_count_once_in_the_interval() -> None:
    hits, labels = np.arange(60) % 10 < 8, np.arange(60) // 30
    alone = interval(hits, labels, np.arange(60))
    grouped = interval(hits, labels, np.arange(60) // 10)
    assert grouped[1] - grouped[0] > 2 * (alone[1] - alone[0])


def test_a_lead_is_the_difference_of_balanced_accuracies_and_no_chance() -> None:
    labels, units = np.array([0] * 80 + [1] * 20), np.arange(100)
    one, other = np.ones(100, bool), np.ones(100, bool)
    assert lead(one, other, labels, units) == (0, 0)
    other[80:90] = False
    gain, low = lead(one, other, labels, units)
    assert gain == pytest.approx(0.25)  # 1 against the mean of 1 and .5
    assert 0 < low < gain
    assert lead(one, other, labels, np.repeat(np.arange(10), 10))[1] < 0  # ten photos of one group are one case
