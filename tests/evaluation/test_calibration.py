"""Temperatures, and what they are worth."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.evaluation import hold_out, score, temperature
from kenali.evaluation.calibration import calibration_score, chance_ece
from kenali.network import softmax
from kenali.types import FloatArray, IntArray


def drawn(n: int, k: int = 3, seed: int = 0) -> tuple[FloatArray, IntArray]:
    """Logits (n, k), and labels drawn by just these probabilities."""
    generator = np.random.default_rng(seed)
    logits = (generator.normal(size=(n, k)) * 2).astype(np.float32)
    labels = np.array([generator.choice(k, p=row / row.sum()) for row in softmax(logits).astype(float)])
    return logits, labels


def test_temperature_undoes_a_scale() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(size=(4000, 3)) * 2
    labels = np.array([generator.choice(3, p=np.exp(row) / np.exp(row).sum()) for row in truth])
    assert temperature((truth * 3).astype(np.float32), labels) == pytest.approx(3, rel=0.1)
    assert temperature((truth / 2).astype(np.float32), labels) == pytest.approx(0.5, rel=0.1)


def test_photos_all_named_right_do_not_make_it_certain() -> None:
    labels = np.arange(60) % 2
    sure = softmax(np.eye(2, dtype=np.float32)[labels], temperature(np.eye(2, dtype=np.float32)[labels], labels))
    assert sure.max() == pytest.approx(61 / 62, abs=1e-3)


def test_the_temperature_is_where_the_log_loss_is_least() -> None:
    logits, labels = drawn(500)
    best = temperature(logits * 2, labels)

    def loss(heat: float) -> float:
        return float(-np.log(softmax(logits * 2, heat)[np.arange(500), labels]).mean())

    assert loss(best) < min(loss(best * 1.1), loss(best / 1.1))


def test_too_sure_a_model_is_set_right_on_photos_that_chose_nothing() -> None:
    logits, labels = drawn(2000, seed=3)
    held = hold_out(logits * 4, labels, np.zeros(2000, np.float32), np.arange(2000) % 5)
    found = calibration_score(softmax(held.logits), held.probs, labels, held.temperature)
    assert found.temperature == pytest.approx(4, rel=0.1)
    assert found.ece[1] < 0.5 * found.ece[0]
    assert found.brier[1] < found.brier[0]
    assert sum(one.accuracy.n for one in found.before) == sum(one.accuracy.n for one in found.after) == 2000


def test_no_photo_helps_to_choose_its_own_temperature() -> None:
    logits, labels = drawn(100)
    fold = np.arange(100) % 4
    held = hold_out(logits, labels, np.zeros(100, np.float32), fold)
    others = labels.copy()
    others[fold == 1] = (others[fold == 1] + 1) % 3
    changed = hold_out(logits, others, np.zeros(100, np.float32), fold)
    assert np.array_equal(held.probs[fold == 1], changed.probs[fold == 1])
    assert not np.array_equal(held.probs[fold == 0], changed.probs[fold == 0])


def test_one_fold_alone_is_left_as_it_is() -> None:
    logits, labels = drawn(40)
    held = hold_out(logits, labels, np.zeros(40, np.float32), np.zeros(40, np.int64))
    assert np.allclose(held.probs, softmax(logits))


@pytest.mark.parametrize("n", [100, 400])
def test_chance_is_the_error_that_perfect_confidence_shows(n: int) -> None:
    shown, told = [], []
    for seed in range(30):
        logits, labels = drawn(n, seed=seed)
        probs = softmax(logits)
        shown.append(score(probs, labels, ("a", "b", "c")).ece)
        told.append(chance_ece(probs))
    assert np.mean(told) == pytest.approx(np.mean(shown), rel=0.15)


def test_nothing_held_out_has_no_error() -> None:
    assert chance_ece(np.zeros((0, 3), np.float32)) == 0
