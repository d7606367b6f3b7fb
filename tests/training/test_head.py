"""The head against scikit-learn's, and the cross-validation's honesty."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.network import softmax
from kenali.training.head import Examples, class_weights, cross_validate, fit_head

linear_model = pytest.importorskip("sklearn.linear_model")


def examples(n: int, d: int, k: int, seed: int = 0, signal: float = 1.0) -> Examples:
    generator = np.random.default_rng(seed)
    labels = np.sort(np.arange(n) % k)
    centres = generator.normal(size=(k, d)) * signal
    features = (centres[labels] + generator.normal(size=(n, d)) * 2 + 3).astype(np.float32)
    return Examples(features, labels, class_weights(labels, k), np.arange(n), k)


@pytest.mark.parametrize(("n", "d", "k"), [(60, 200, 3), (200, 20, 4), (50, 300, 2)])
@pytest.mark.parametrize("strength", [0.003, 0.1])
def test_the_head_is_scikit_learns_optimum(n: int, d: int, k: int, strength: float) -> None:
    given = examples(n, d, k)
    head = fit_head(given, strength)
    centred = given.features - given.features.mean(axis=0)
    scaled = centred / centred.std()
    both = 2 if k == 2 else 1  # with two classes scikit-learn fits one vector, we two opposite ones of half its length
    oracle = linear_model.LogisticRegression(C=strength * both, max_iter=3000, tol=1e-8, class_weight="balanced")
    expected = oracle.fit(scaled, given.labels).predict_proba(scaled)
    assert np.abs(softmax(head.logits(given.features)) - expected).max() < 5e-3


def test_class_weights_give_every_class_the_same_total() -> None:
    labels = np.array([0, 0, 0, 1, 2, 2])
    weights = class_weights(labels, 4)
    totals = [weights[labels == label].sum() for label in range(3)]
    assert np.allclose(totals, 2.0)
    assert weights.mean() == pytest.approx(1.0)


def test_held_out_probabilities_do_not_see_their_own_labels() -> None:
    """On labels without any relation to the features, an honest cross-validation stays near chance."""
    noise = examples(200, 400, 2, seed=3, signal=0.0)
    shuffled = np.random.default_rng(1).permutation(noise.labels)
    given = Examples(noise.features, shuffled, np.ones(200), np.arange(200), 2)
    result = cross_validate(given, np.arange(200) % 5, (0.01, 0.1, 1.0))
    assert 0.35 < (result.logits.argmax(axis=1) == shuffled).mean() < 0.65
    assert result.temperature > 2


def test_views_of_a_photo_stay_in_its_fold() -> None:
    """A photo's mirrored copy in training would make its own label trivial to recall."""
    noise = examples(100, 300, 2, seed=5, signal=0.0)
    labels = np.random.default_rng(2).permutation(noise.labels)
    doubled = np.concatenate([noise.features, noise.features])
    given = Examples(doubled, np.tile(labels, 2), np.ones(200), np.tile(np.arange(100), 2), 2)
    result = cross_validate(given, np.arange(100) % 5, (1.0,))
    assert result.logits.shape == (100, 2)
    assert (result.logits.argmax(axis=1) == labels).mean() < 0.7


def test_the_strength_with_the_least_loss_is_best() -> None:
    result = cross_validate(examples(150, 50, 3), np.arange(150) % 5, (0.0001, 0.03))
    assert result.best == result.strengths[int(np.argmin(result.losses))]
    assert result.loss == min(result.losses)


def test_constant_features_do_not_break_the_fit() -> None:
    labels = np.array([0, 1] * 10)
    given = Examples(np.ones((20, 8), np.float32), labels, np.ones(20), np.arange(20), 2)
    assert np.isfinite(fit_head(given, 0.1).logits(given.features)).all()
