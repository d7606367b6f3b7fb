from __future__ import annotations

import numpy as np
import pytest

from kenali.evaluation import alarms, score
from kenali.evaluation.alarms import per_hundred
from kenali.types import Ledger, Metrics, Notice, Proportion

NAMES = ("gold", "jasper")
EVEN = {"train": {"gold": 100, "jasper": 100}, "test": {"gold": 60, "jasper": 60}}


def metrics(*right_of: tuple[int, int]) -> Metrics:
    """Two classes of which `right` of `n` photos are recognised, the others taken for the other class."""
    labels = np.repeat([0, 1], [n for _, n in right_of])
    predicted = np.concatenate([np.where(np.arange(n) < right, j, 1 - j) for j, (right, n) in enumerate(right_of)])
    return score(np.eye(2)[predicted], labels, NAMES)


def kinds(*args: object, **options: object) -> list[str]:
    return [notice.kind for notice in alarms(*args, **options)]  # type: ignore[arg-type]


def test_good_figures_on_enough_photos_raise_nothing() -> None:
    good = metrics((57, 60), (56, 60))
    assert kinds(good, EVEN, cross_validation=good) == []


def test_a_small_or_absent_test_part() -> None:
    (small,) = alarms(metrics((48, 49), (49, 50)), EVEN)
    assert small.kind == "small"
    assert "99 test photos" in small.what
    assert "between 93 and 99 of 100" in small.what
    assert kinds(metrics((48, 50), (49, 50)), EVEN) == []
    assert kinds(None, EVEN) == ["small"]
    assert kinds(score(np.zeros((0, 2)), [], NAMES), EVEN) == ["small"]


def test_classes_of_different_size_and_tiny_classes() -> None:
    good = metrics((57, 60), (56, 60))
    assert kinds(good, {"train": {"gold": 90, "jasper": 30}}) == []
    (imbalance,) = alarms(good, {"train": {"gold": 91, "jasper": 30}})
    assert imbalance.kind == "imbalance"
    assert imbalance.evidence == ("gold: 91 photos", "jasper: 30 photos")
    (few,) = alarms(good, {"train": {"gold": 9, "jasper": 10}})
    assert few.kind == "few-per-class"
    assert few.evidence == ("gold: 9 photos",)
    assert "“gold”" in few.what
    assert kinds(good, {"train": {"gold": 90}, "test": {"jasper": 5}}) == ["imbalance", "few-per-class"]
    assert kinds(good, {}) == []


def test_no_better_than_always_the_same_answer_comes_first() -> None:
    poor = metrics((70, 80), (10, 40))
    notices = alarms(poor, EVEN)
    assert [notice.kind for notice in notices] == ["no-better-than-majority", "weak-class"]
    assert "66.7%" in notices[0].what
    assert notices[1].evidence == ("jasper: 10 of 40 recognised",)


def test_a_class_is_weak_only_with_enough_photos() -> None:
    assert "weak-class" not in kinds(metrics((100, 100), (1, 4)), EVEN)
    assert "weak-class" in kinds(metrics((100, 100), (1, 5)), EVEN)


@pytest.mark.parametrize(("right", "word"), [(40, "another kind"), (60, "easier")])
def test_cross_validation_far_from_the_test(right: int, word: str) -> None:
    other = metrics((60, 60), (59, 60)) if right == 40 else metrics((45, 60), (44, 60))
    notices = alarms(metrics((right, 60), (right, 60)), EVEN, cross_validation=other)
    assert notices[0].kind == "cv-gap"
    assert word in notices[0].what
    assert len(notices[0].evidence) == 2


def test_only_label_conflicts_come_from_the_ledger() -> None:
    conflict, other = Notice("label-conflict", "in two classes", ("a", "b")), Notice("near-duplicate", "x")
    assert alarms(metrics((57, 60), (56, 60)), EVEN, ledger=Ledger((), (other, conflict))) == (conflict,)


def test_alarms_speak_indonesian() -> None:
    (small,) = alarms(None, EVEN, language="id")
    assert "Tidak ada foto" in small.what


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.649, 0.902, (65, 90)), (0.997, 1.0, (99, 100)), (0.0, 0.002, (0, 1)), (1.0, 1.0, (100, 100))],
)
def test_whole_photos_of_a_hundred(low: float, high: float, expected: tuple[int, int]) -> None:
    assert per_hundred(Proportion(high, low, high, 10)) == expected
