"""Dividing the budget, and judging two models on the same held-out photos."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.training.contest import Plan, decide, plan
from kenali.types import FloatArray

WAY = Plan(3, 3, True, 10)


def logits(labels: np.ndarray, wrong: int, confidence: float) -> FloatArray:
    """Sure of the label, but for the first `wrong` photos, where it is as sure of the other class."""
    named = labels.copy()
    named[:wrong] = 1 - named[:wrong]
    sure: FloatArray = (np.eye(2)[named] * confidence).astype(np.float32)
    return sure


def groups(n: int) -> np.ndarray:
    return np.array([f"group {index}" for index in range(n)])


@pytest.mark.parametrize(
    ("epoch_s", "budget_s", "expected"),
    [
        (1.0, 180.0, Plan(3, 3, True, 20)),
        (4.0, 180.0, Plan(3, 3, True, 15)),
        (8.0, 180.0, Plan(1, 4, True, 12)),
        (20.0, 180.0, Plan(1, 5, False, 11)),
        (200.0, 180.0, Plan(1, 5, False, 1)),
        (300.0, 180.0, None),
    ],
)
def test_the_most_telling_plan_that_fits(epoch_s: float, budget_s: float, expected: Plan | None) -> None:
    assert plan(epoch_s, budget_s, most_epochs=20) == expected


def test_few_epochs_asked_for_are_enough() -> None:
    assert plan(1.0, 60.0, most_epochs=2) == Plan(3, 3, True, 2)


def test_fewer_mistakes_win_and_the_gain_has_an_interval() -> None:
    labels = np.arange(100) % 2
    contest, held = decide(
        logits(labels, 20, 4), {0.3: logits(labels, 10, 4), 1.0: logits(labels, 15, 4)}, labels, groups(100), WAY
    )
    assert (contest.outcome, contest.blend, contest.epochs) == ("tuned", 0.3, 10)
    assert contest.gain is not None
    value, low, high = contest.gain
    assert value == pytest.approx(0.1)
    assert 0 < low < value < high < 0.2
    assert (held == logits(labels, 10, 4)).all()


def test_equal_models_leave_the_fast_path() -> None:
    labels = np.arange(60) % 2
    contest, _ = decide(logits(labels, 6, 4), {1.0: logits(labels, 6, 4)}, labels, groups(60), WAY)
    assert contest.outcome == "frozen"
    assert contest.gain == (0.0, 0.0, 0.0)


def test_more_mistakes_lose_whatever_the_loss_says() -> None:
    labels = np.arange(60) % 2
    shy = logits(labels, 5, 4)
    shy[5:] *= 0.01  # right, but barely
    contest, _ = decide(shy, {1.0: logits(labels, 6, 4)}, labels, groups(60), WAY)
    assert contest.losses is not None
    assert contest.losses[1] < contest.losses[0]
    assert contest.outcome == "frozen"


def test_among_equals_the_better_sense_of_its_own_doubt_wins() -> None:
    labels = np.arange(60) % 2
    humble = logits(labels, 6, 4)
    humble[:6] *= 0.1  # wrong, and it says so
    contest, _ = decide(logits(labels, 6, 4), {0.3: logits(labels, 6, 4), 0.6: humble}, labels, groups(60), WAY)
    assert (contest.outcome, contest.blend) == ("tuned", 0.6)


def test_the_blend_that_is_sure_where_it_is_right_stands_for_fine_tuning() -> None:
    """One more right answer by luck does not outweigh many that are surer."""
    labels = np.arange(60) % 2
    lucky, sure = logits(labels, 5, 4), logits(labels, 6, 4)
    sure[:6] *= 0.1
    contest, held = decide(logits(labels, 8, 4), {0.4: lucky, 0.8: sure}, labels, groups(60), WAY)
    assert (contest.outcome, contest.blend) == ("tuned", 0.8)
    assert (held == sure).all()


def test_photos_of_one_group_count_as_one_draw() -> None:
    labels = np.arange(100) % 2
    alone, _ = decide(logits(labels, 20, 4), {1.0: logits(labels, 10, 4)}, labels, groups(100), WAY)
    together, _ = decide(
        logits(labels, 20, 4), {1.0: logits(labels, 10, 4)}, labels, np.array([f"{index // 10}" for index in range(100)]), WAY
    )
    assert alone.gain is not None
    assert together.gain is not None
    assert together.gain[2] - together.gain[1] > 2 * (alone.gain[2] - alone.gain[1])
