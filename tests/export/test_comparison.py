"""Answers are held against one another as the certificate says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kenali.doubt import Limits
from kenali.export.comparison import Reading, Tolerance, compare, tolerance_of
from kenali.export.replay import Replay, Said

READING = Reading(temperature=2.0, limits=Limits(novelty=0.5, ambiguous=0.6))
TOLERANCE = Tolerance(probability=0.01, novelty=0.01, tie=0.02)


def said(*logits: float, novelty: float | None = 0.1, pixels: str = "a") -> Said:
    return Said(pixels, np.array(logits, np.float32), novelty, 3.0)


def replay(*answers: Said | str) -> Replay:
    return Replay("wasm", "TF.js 4", "wasm", 2, 10.0, answers)


def test_equal_answers_pass() -> None:
    found = compare([said(1, 2), said(3, 0)], replay(said(1, 2), said(3, 0)), READING, TOLERANCE)
    assert (found.photos, found.same_pixels, found.same_answer, found.same_doubt) == (2, 2, 2, 2)
    assert found.probability == found.novelty == 0
    assert found.breach(TOLERANCE) is None
    assert found.name == "TF.js 4 (WASM with threads)"


def test_probabilities_are_calibrated_before_they_are_compared() -> None:
    found = compare([said(0, 0)], replay(said(0, 2 * math.log(3))), READING, TOLERANCE)
    assert found.probability == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (said(1, 2.1), "in a probability"),
        (said(1, 2, novelty=0.2), "in novelty"),
        (said(1, 2, novelty=None), "in novelty"),
        (said(1, 2, pixels="b"), "other pixels"),
        (said(math.nan, 2), "in a probability"),
        (said(1, 2, 3), "in a probability"),
        ("corrupt: damaged", "could not use 1 of 1 photos"),
    ],
)
def test_what_differs_is_said(other: Said | str, what: str) -> None:
    assert what in (compare([said(1, 2)], replay(other), READING, TOLERANCE).breach(TOLERANCE) or "")


def test_an_answer_may_change_at_a_tie_alone() -> None:
    lax = Tolerance(probability=0.5, novelty=1, tie=0.02)
    tie = compare([said(0, 0.01)], replay(said(0.01, 0)), READING, lax)
    assert (tie.same_answer, tie.clear_changes, tie.breach(lax)) == (0, 0, None)
    clear = compare([said(0, 0.4)], replay(said(0.4, 0)), READING, lax)
    assert clear.clear_changes == 1
    assert "another answer to 1 of 1" in (clear.breach(lax) or "")


def test_doubt_is_compared_with_its_reason() -> None:
    found = compare([said(9, 0), said(0, 0)], replay(said(9, 0, novelty=0.6), said(9, 0)), READING, TOLERANCE)
    assert found.same_doubt == 0


def test_a_model_without_novelty_has_none_to_compare() -> None:
    found = compare([said(1, 2, novelty=None)], replay(said(1, 2, novelty=None)), READING, TOLERANCE)
    assert found.novelty is None
    assert found.breach(TOLERANCE) is None


def test_tolerances_are_those_that_are_documented() -> None:
    told = [tolerance_of("web", precision).probability for precision in ("float32", "float16", "int8")]
    assert told == [1e-4, 1e-2, 5e-2]
    assert tolerance_of("tfjs", "float32") == tolerance_of("onnx", "float32") == tolerance_of("web", "float32")
    assert tolerance_of("onnx", "int8").probability == 0.15
