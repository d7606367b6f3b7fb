"""Prediction sets hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.doubt import prediction_sets
from kenali.evaluation.conformal import least_probability, set_score
from kenali.network import softmax
from tests.evaluation.test_calibration import drawn


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_sets_hold_the_truth_as_often_as_stated(coverage: float) -> None:
    shares = []
    for seed in range(20):
        logits, labels = drawn(700, k=5, seed=seed)
        probs = softmax(logits)
        least = least_probability(probs[:200], labels[:200], coverage)
        found = set_score(probs[200:], labels[200:], least, coverage)
        shares.append(found.covered.value)
        assert 1 <= found.mean_size <= 5
    assert np.mean(shares) == pytest.approx(coverage, abs=0.02)


def test_too_few_photos_exclude_nothing() -> None:
    probs = np.full((5, 2), 0.5, np.float32)
    assert least_probability(probs, np.zeros(5, np.int64), 0.9) == 0.0
    assert prediction_sets(np.array([[0.99, 0.01]], np.float32), 0.0).all()


def test_the_likeliest_class_always_belongs() -> None:
    sets = prediction_sets(np.array([[0.4, 0.3, 0.3], [0.8, 0.15, 0.05]], np.float32), 0.5)
    assert sets.tolist() == [[True, False, False], [True, False, False]]
