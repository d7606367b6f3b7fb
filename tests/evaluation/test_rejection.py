"""Limits that turn away the share that was asked for, and curves of what withholding answers brings."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.doubt import Limits
from kenali.evaluation.rejection import (
    RATES,
    SURE_ENOUGH,
    expected_beyond,
    fit_limits,
    rejection,
    risk_coverage,
)
from kenali.types import FloatArray, Predictions


def scores(n: int, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Confidence and novelty (n,), the less sure photos somewhat more novel."""
    generator = np.random.default_rng(seed)
    hardness = generator.normal(size=n)
    confidence = 1 - 0.5 / (1 + np.exp(2 - hardness - generator.normal(size=n)))
    return confidence.astype(np.float32), (hardness + generator.normal(size=n)).astype(np.float32)


@pytest.mark.parametrize("rate", RATES)
def test_each_limit_turns_away_the_share(rate: float) -> None:
    confidence, novelty = scores(400)
    limits = fit_limits(confidence, novelty, rate)
    assert limits.novelty is not None
    assert limits.ambiguous is not None
    assert (novelty > limits.novelty).mean() == pytest.approx(rate, abs=1 / 400)
    assert (confidence < limits.ambiguous).mean() == pytest.approx(rate, abs=1 / 400)


def test_new_photos_are_turned_away_as_often_as_said() -> None:
    novel, unsure = [], []
    for seed in range(80):
        confidence, novelty = scores(900, seed)
        limits = fit_limits(confidence[:90], novelty[:90], 0.05)
        reasons = limits.reasons(np.stack([confidence, 1 - confidence], axis=1)[90:], novelty[90:])
        novel.append(reasons.count("novel") / 810)
        assert limits.ambiguous is not None
        unsure.append((confidence[90:] < limits.ambiguous).mean())
    assert np.mean(novel) == pytest.approx(0.05, abs=0.007)
    assert np.mean(unsure) == pytest.approx(0.05, abs=0.007)


def test_a_sure_answer_is_never_ambiguous() -> None:
    limits = fit_limits(np.full(200, 0.99, np.float32), np.arange(200, dtype=np.float32), 0.05)
    assert limits.ambiguous == SURE_ENOUGH
    assert limits.novelty == pytest.approx(0.95 * 201 - 1)


def test_too_few_photos_put_the_limits_at_the_strangest() -> None:
    confidence, novelty = scores(10)
    limits = fit_limits(confidence, novelty, 0.05)
    assert limits.novelty == novelty.max()
    assert limits.ambiguous == pytest.approx(min(SURE_ENOUGH, confidence.min()))


def test_no_rate_no_limits() -> None:
    assert fit_limits(*scores(50), 0.0) == Limits()
    assert Limits().reasons(np.array([[0.5, 0.5]], np.float32), np.array([9.0], np.float32)) == (None,)


def test_novel_goes_before_ambiguous() -> None:
    limits = Limits(novelty=0.5, ambiguous=0.7)
    probs = np.array([[0.6, 0.4], [0.9, 0.1], [0.6, 0.4], [0.8, 0.2]], np.float32)
    novelty = np.array([0.6, 0.6, 0.4, 0.4], np.float32)
    assert limits.reasons(probs, novelty) == ("novel", "novel", "ambiguous", None)
    assert limits.reasons(probs) == ("ambiguous", None, "ambiguous", None)


def test_the_interval_holds_what_chance_brings() -> None:
    generator = np.random.default_rng(1)
    low, high = expected_beyond(200, 0.05, 80)
    seen = []
    for _ in range(500):
        known = generator.normal(size=200).astype(np.float32)
        limit = fit_limits(known, known, 0.05).novelty
        assert limit is not None
        seen.append(int((generator.normal(size=80) > limit).sum()))
    inside = np.mean([low <= count <= high for count in seen])
    assert inside > 0.93


def test_what_rejection_costs_and_catches() -> None:
    probs = np.array([[0.9, 0.1], [0.55, 0.45], [0.2, 0.8], [0.52, 0.48]], np.float32)
    found = rejection(Predictions(probs, ("a", "b"), limits=Limits(ambiguous=0.6)), np.array([0, 1, 1, 0]), 0.05, 100)
    assert (found.novel, found.ambiguous, found.rejected.n) == (0, 2, 4)
    assert (found.accuracy_of_rest.value, found.accuracy_of_rest.n) == (1.0, 2)
    assert (found.errors_caught.value, found.errors_caught.n) == (1.0, 1)
    assert (found.held_out, found.expected) == (100, expected_beyond(100, 0.05, 4))


def test_risk_falls_as_the_least_sure_are_withheld() -> None:
    probs = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.6, 0.4]], np.float32)
    curve = risk_coverage(Predictions(probs, ("a", "b")), np.array([0, 1, 1, 0]))
    assert curve == ((0.25, 0.0), (0.5, 0.0), (1.0, 0.25))
    assert risk_coverage(Predictions(probs[:0], ("a", "b")), np.zeros(0, np.int64)) == ()
