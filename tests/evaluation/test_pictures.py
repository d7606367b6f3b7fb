from __future__ import annotations

import numpy as np

from kenali.evaluation import thumbnails_wanted
from kenali.evaluation.pictures import (
    ANSWERS,
    PER_CLASS,
    SHEET,
    answer_sheet,
    by_class,
    confident_mistakes,
    contact_sheet,
    embedder,
)
from kenali.types import Ledger, LedgerRow, Predictions

NAMES = ("gold", "jasper")
PROBS = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.9, 0.1]], np.float32)
PATHS = ["a", "b", "c", "d"]


def test_mistakes_come_surest_first() -> None:
    mistakes = confident_mistakes(PATHS, [1, 1, 1, 1], Predictions(PROBS, NAMES))
    assert [(one.path, one.true, one.predicted) for one in mistakes] == [
        ("a", "jasper", "gold"), ("d", "jasper", "gold"), ("b", "jasper", "gold"),
    ]  # fmt: skip
    assert len(confident_mistakes(PATHS, [1, 1, 1, 1], Predictions(PROBS, NAMES), limit=1)) == 1
    assert confident_mistakes(PATHS, [0, 0, 1, 0], Predictions(PROBS, NAMES)) == ()


def test_contact_sheet_spreads_over_the_files_and_stays_small() -> None:
    sheet = contact_sheet({"gold": [f"{j:03}" for j in range(100)], "jasper": ["x", "y"], "empty": []})
    assert sheet == {"gold": tuple(f"{j:03}" for j in (6, 18, 31, 43, 56, 68, 81, 93)), "jasper": ("x", "y")}
    for k in (1, 20, 25, 159, 400):
        many = contact_sheet({str(j): [f"{j}/{i}" for i in range(50)] for j in range(k)})
        assert all(1 <= len(row) <= PER_CLASS for row in many.values())
        assert sum(len(row) for row in many.values()) <= SHEET


def test_photos_by_class_come_from_the_ledger_where_there_is_one() -> None:
    rows = (LedgerRow("z", "gold", "used"), LedgerRow("q", "gold", "duplicate"), LedgerRow("y", "gold", "used"))
    ledger = Ledger(rows)
    assert by_class(NAMES, ledger, PATHS, [0, 0, 1, 1]) == {"gold": ["y", "z"], "jasper": []}
    assert by_class(NAMES, None, PATHS, [0, 0, 1, 1]) == {"gold": ["a", "b"], "jasper": ["c", "d"]}


def test_answers_are_drawn_from_each_class_whatever_they_are() -> None:
    answers = answer_sheet(PATHS, [1, 0, 1, 0], Predictions(PROBS, NAMES))
    assert [one.true for one in answers] == ["gold", "gold", "jasper", "jasper"]
    assert {one.path: one.right for one in answers} == {"a": False, "b": True, "c": True, "d": True}
    assert {one.true for one in answer_sheet(PATHS, [1, 0, 1, 0], Predictions(PROBS, NAMES), limit=2)} == {"gold", "jasper"}
    many = Predictions(np.tile(PROBS, (100, 1)), NAMES)
    assert len(answer_sheet([str(i) for i in range(400)], [0, 0, 1, 0] * 100, many)) == ANSWERS


def test_thumbnails_wanted_are_the_mistakes_the_answers_and_the_sheet() -> None:
    ledger = Ledger((LedgerRow("z", "gold", "used"), LedgerRow("a", "gold", "used")))
    wanted = thumbnails_wanted(NAMES, ledger, PATHS, [1, 0, 1, 0], Predictions(PROBS, NAMES))
    assert wanted[0] == "a"
    assert wanted[-1] == "z"
    assert sorted(wanted) == ["a", "b", "c", "d", "z"]
    assert thumbnails_wanted(NAMES, ledger) == ("a", "z")


def test_pictures_stop_at_the_budget() -> None:
    embed = embedder({"a": b"12345", "b": b"123456", "c": b"1"}, budget=7)
    assert embed("a") == "data:image/jpeg;base64,MTIzNDU="
    assert embed("b") is None
    assert embed("missing") is None
    assert embed("c") is not None
