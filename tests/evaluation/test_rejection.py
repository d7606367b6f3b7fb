"""Limits that turn away the share that was asked for, and curves of what withholding answers brings."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.doubt import Limits
from kenali.evaluation.rejection import (
    RATES,
    SURE_ENOUGH,
    expected_rejections,
    fit_limits,
    rejected_of,
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


def turned_away(limits: Limits, confidence: FloatArray, novelty: FloatArray) -> int:
    probs = np.stack([confidence, 1 - confidence], axis=1)
    return sum(reason is not None for reason in limits.reasons(probs, novelty))


@pytest.mark.parametrize("rate", RATES)
def test_both_limits_together_turn_away_the_share(rate: float) -> None:
    confidence, novelty = scores(400)
    limits = fit_limits(confidence, novelty, rate)
    away = turned_away(limits, confidence, novelty)
    assert rejected_of(400, rate) - 2 <= away <= rejected_of(400, rate)
    assert turned_away(fit_limits(confidence, novelty, 2 * rate), confidence, novelty) > away


def test_new_photos_are_turned_away_as_often_as_said() -> None:
    shares = []
    for seed in range(60):
        confidence, novelty = scores(900, seed)
        limits = fit_limits(confidence[:300], novelty[:300], 0.1)
        shares.append(turned_away(limits, confidence[300:], novelty[300:]) / 600)
    assert 0.09 < np.mean(shares) < 0.105


def test_a_sure_answer_is_never_ambiguous() -> None:
    confidence, novelty = np.full(200, 0.99, np.float32), np.arange(200, dtype=np.float32)
    limits = fit_limits(confidence, novelty, 0.05)
    assert limits.ambiguous == SURE_ENOUGH
    assert limits.novelty == 190  # the whole share is left for novelty


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
    low, high = expected_rejections(200, 0.05, 80)
    seen = []
    for _ in range(500):
        known = np.sort(generator.normal(size=200))
        limit = known[-1 - rejected_of(200, 0.05)]
        seen.append(int((generator.normal(size=80) > limit).sum()))
    inside = np.mean([low <= count <= high for count in seen])
    assert inside > 0.93


def test_what_rejection_costs_and_catches() -> None:
    probs = np.array([[0.9, 0.1], [0.55, 0.45], [0.2, 0.8], [0.52, 0.48]], np.float32)
    found = rejection(Predictions(probs, ("a", "b"), limits=Limits(ambiguous=0.6)), np.array([0, 1, 1, 0]), 0.05)
    assert (found.novel, found.ambiguous, found.rejected.n) == (0, 2, 4)
    assert (found.accuracy_of_rest.value, found.accuracy_of_rest.n) == (1.0, 2)
    assert (found.errors_caught.value, found.errors_caught.n) == (1.0, 1)


def test_risk_falls_as_the_least_sure_are_withheld() -> None:
    probs = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.6, 0.4]], np.float32)
    curve = risk_coverage(Predictions(probs, ("a", "b")), np.array([0, 1, 1, 0]))
    assert curve == ((0.25, 0.0), (0.5, 0.0), (1.0, 0.25))
    assert risk_coverage(Predictions(probs[:0], ("a", "b")), np.zeros(0, np.int64)) == ()
