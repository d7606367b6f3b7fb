from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from kenali.evaluation.paired import bootstrap, difference, net_by_group, photos_needed, sign_flip_p


def names(n: int, size: int = 1) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """`n` photos in groups of `size`."""
    return np.array([str(i // size) for i in range(n)])


@given(st.integers(0, 60), st.integers(0, 60))
def test_with_one_photo_a_group_it_is_mcnemars_exact_test(only_a: int, only_b: int) -> None:
    net = np.array([-1] * only_a + [1] * only_b + [0] * 5)
    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert sign_flip_p(net) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_groups_count_as_one(net: list[int]) -> None:
    """Against every way of choosing the signs."""
    sums = [abs(sum(sign * one for sign, one in zip(signs, net, strict=True))) for signs in product((-1, 1), repeat=len(net))]
    expected = np.mean([one >= abs(sum(net)) for one in sums])
    assert sign_flip_p(np.array(net)) == pytest.approx(expected, abs=1e-12)


def test_many_photos_are_no_trouble() -> None:
    assert sign_flip_p(np.array([1] * 2_100 + [-1] * 1_900)) == pytest.approx(binomtest(2_100, 4_000).pvalue, rel=1e-6)


def test_the_interval_is_that_of_the_mean() -> None:
    values = np.random.default_rng(0).normal(0.3, 1, 2_000)
    found = difference(values, names(2_000))
    half = 1.96 * values.std() / np.sqrt(2_000)
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_photos_of_a_group_do_not_narrow_the_interval() -> None:
    values = np.random.default_rng(1).normal(0, 1, 100)
    alone = bootstrap(values, names(100))
    repeated = bootstrap(np.repeat(values, 20), names(2_000, size=20))
    assert repeated == pytest.approx(alone, abs=0.05)


def test_net_adds_up_a_group() -> None:
    assert net_by_group(np.array([1.0, -1.0, 1.0, 1.0]), np.array(["a", "a", "b", "b"])).tolist() == [0, 2]


def test_as_many_photos_as_it_says_show_the_difference_four_times_in_five() -> None:
    rng = np.random.default_rng(2)
    chances = (0.06, 0.84, 0.10)  # only A right, alike, only B right
    seen = np.repeat([-1.0, 0.0, 1.0], [6, 84, 10])
    needed = photos_needed(seen, names(100))
    assert needed is not None
    counts = rng.multinomial(needed, chances, size=400)
    shown = np.mean([binomtest(int(one[0]), int(one[0] + one[2])).pvalue < 0.05 for one in counts])
    assert 0.7 < shown < 0.88


def test_without_any_difference_nobody_knows_how_many_it_takes() -> None:
    assert photos_needed(np.zeros(50), names(50)) is None
    level = photos_needed(np.array([1.0, -1.0] * 5 + [0.0] * 90), names(100))
    assert level is not None
    assert level > 5_000  # for one point, with every tenth photo answered differently
    assert photos_needed(np.ones(4), names(4)) == 6
