from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kenali.errors import KenaliError
from kenali.evaluation import reliability, score, wilson

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def names(k: int) -> tuple[str, ...]:
    return tuple(f"class {j}" for j in range(k))


@st.composite
def predictions(draw: st.DrawFn) -> tuple[Floats, Ints]:
    n, k = draw(st.integers(1, 60)), draw(st.integers(2, 7))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    probs = random.dirichlet(np.full(k, draw(st.sampled_from([0.05, 0.5, 5.0]))), size=n).astype(np.float32)
    return probs, random.integers(0, draw(st.integers(1, k)), size=n)


@pytest.mark.parametrize(("successes", "n"), [(8, 10), (0, 10), (10, 10), (1, 1), (0, 1), (50, 100), (400, 440)])
def test_wilson_agrees_with_scipy(successes: int, n: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    interval, expected = wilson(successes, n), stats.binomtest(successes, n).proportion_ci(method="wilson")
    assert interval.value == successes / n
    assert interval.n == n
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_of_eight_in_ten() -> None:
    assert (wilson(8, 10).low, wilson(8, 10).high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_bounds_solve_the_score_equation(trial: tuple[int, int]) -> None:
    successes, n = trial
    interval = wilson(successes, n)
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    for bound in (interval.low, interval.high):
        if 0 < bound < 1:
            z = (interval.value - bound) / math.sqrt(bound * (1 - bound) / n)
            assert abs(z) == pytest.approx(1.959964, rel=1e-4)


def test_wilson_of_nothing_knows_nothing_and_refuses_the_impossible() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)
    with pytest.raises(KenaliError, match=r"0\.\.3"):
        wilson(4, 3)


@settings(max_examples=60, deadline=None)
@given(predictions())
def test_scores_agree_with_scikit_learn(case: tuple[Floats, Ints]) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    probs, labels = case
    k = probs.shape[1]
    predicted, every = probs.argmax(axis=1), list(range(k))
    ours = score(probs, labels, names(k))

    assert ours.accuracy.value == pytest.approx(sklearn.accuracy_score(labels, predicted))
    present = np.unique(labels)
    recalls = sklearn.recall_score(labels, predicted, labels=present, average=None, zero_division=0)
    assert ours.balanced_accuracy == pytest.approx(recalls.mean())
    assert np.array_equal(ours.confusion_matrix, sklearn.confusion_matrix(labels, predicted, labels=every))
    for average, mine in (("macro", ours.macro), ("weighted", ours.weighted)):
        theirs = sklearn.precision_recall_fscore_support(labels, predicted, labels=every, average=average, zero_division=0)
        assert (mine.precision, mine.recall, mine.f1) == pytest.approx(theirs[:3])
        assert mine.support == len(labels)
    per_class = sklearn.precision_recall_fscore_support(labels, predicted, labels=every, zero_division=0)
    for mine, *theirs in zip(ours.per_class.values(), *per_class, strict=True):
        assert (mine.precision, mine.recall, mine.f1, mine.support) == pytest.approx(tuple(theirs))
    one_hot = np.eye(k)[labels]
    assert ours.brier == pytest.approx(((probs.astype(np.float64) - one_hot) ** 2).sum(axis=1).mean())


@settings(max_examples=40, deadline=None)
@given(predictions())
def test_top_k_agrees_with_scikit_learn_where_no_probabilities_tie(case: tuple[Floats, Ints]) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    probs, labels = case
    k = probs.shape[1]
    ours = score(probs, labels, names(k))
    assert set(ours.top_k) == {top for top in (1, 3, 5) if top <= k}
    assert ours.top_k[1] == pytest.approx(ours.accuracy.value)
    if k > 2 and all(len(np.unique(row)) == k for row in probs):
        for top, share in ours.top_k.items():
            if top < k:
                expected = sklearn.top_k_accuracy_score(labels, probs, k=top, labels=list(range(k)))
                assert share == pytest.approx(expected)


@settings(max_examples=40, deadline=None)
@given(predictions())
def test_ece_agrees_with_its_definition(case: tuple[Floats, Ints]) -> None:
    probs, labels = case
    total, edges = 0.0, np.arange(16) / 15
    for low, high in pairwise(edges.tolist()):
        inside = [i for i, row in enumerate(probs) if low < float(row.max()) <= high]
        if inside:
            confidence = np.mean([float(probs[i].max()) for i in inside])
            right = np.mean([probs[i].argmax() == labels[i] for i in inside])
            total += len(inside) / len(probs) * abs(right - confidence)
    assert score(probs, labels, names(probs.shape[1])).ece == pytest.approx(total, abs=1e-9)


def test_equal_probabilities_name_the_first_class() -> None:
    metrics = score(np.full((3, 3), 1 / 3), [0, 1, 2], names(3))
    assert metrics.top_k == {1: pytest.approx(1 / 3), 3: 1.0}
    assert metrics.confusion_matrix == ((1, 0, 0), (1, 0, 0), (1, 0, 0))


def test_perfect_predictions_of_a_single_photo() -> None:
    metrics = score(np.array([[0.0, 1.0]]), [1], ("a", "b"))
    assert metrics.accuracy.value == metrics.balanced_accuracy == metrics.weighted.f1 == 1.0
    assert metrics.macro.recall == 0.5
    assert metrics.ece == metrics.brier == 0.0


def test_without_photos_every_figure_is_zero() -> None:
    metrics = score(np.zeros((0, 3)), np.zeros(0, np.int64), names(3))
    assert metrics.accuracy.n == 0
    assert metrics.top_k == {1: 0.0, 3: 0.0}
    assert (metrics.balanced_accuracy, metrics.ece, metrics.brier, metrics.macro.f1, metrics.weighted.f1) == (0,) * 5


@pytest.mark.parametrize(
    ("probs", "labels", "message"),
    [
        (np.ones((2, 3)), [0], r"\(2, 3\) and \(1,\)"),
        (np.ones(3), [0, 1, 2], "probs"),
        (np.ones((1, 3)), [3], r"0\.\.2"),
        (np.ones((1, 3)), [-1], r"0\.\.2"),
        (np.full((1, 3), np.nan), [0], "finite"),
        (np.ones((1, 2)), [0], "3 classes"),
    ],
)
def test_what_does_not_fit_is_refused(probs: Floats, labels: list[int], message: str) -> None:
    with pytest.raises(KenaliError, match=message):
        score(probs, labels, names(3))


def test_reliability_gathers_photos_by_confidence() -> None:
    probs = np.array([[0.95, 0.05], [0.92, 0.08], [0.4, 0.6], [0.5, 0.5]])
    bins = reliability(probs, [0, 1, 1, 0])
    assert [(one.low, one.high, one.accuracy.n) for one in bins] == [(0.4, 0.5, 1), (0.5, 0.6, 1), (0.9, 1.0, 2)]
    assert bins[-1].accuracy.value == 0.5
    assert bins[-1].confidence == pytest.approx(0.935)
    assert reliability(np.zeros((0, 2)), []) == ()
