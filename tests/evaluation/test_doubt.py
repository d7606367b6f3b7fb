"""The report's words and figures about calibration, unknown photos and prediction sets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kenali.evaluation import ReportContent, hold_out
from kenali.evaluation.doubt import doubt_values
from kenali.evaluation.figures import PLOT
from kenali.evaluation.page import report_page
from kenali.evaluation.trust import FEWEST, Trust, fit_trust
from kenali.evaluation.words import Words
from tests.evaluation.test_calibration import drawn
from tests.evaluation.test_report import Outline, content


def doubting(strange: int = 4) -> ReportContent:
    """A report of 60 test photos, of which `strange` are far more novel than what was held out."""
    logits, labels = drawn(200)
    novelty = np.random.default_rng(0).random(200).astype(np.float32)
    trust = fit_trust(hold_out(logits, labels, novelty, np.arange(200) % 5), 0.05, 0.9)
    given = content()
    assert given.predictions is not None
    seen = np.where(np.arange(60) < strange, 2.0, 0.3).astype(np.float32)
    predictions = trust.predictions(np.log(given.predictions.probs), given.predictions.class_names, seen)
    return replace(
        given,
        predictions=predictions,
        calibration=trust.calibration,
        rejection=trust.rejection(predictions, given.labels),
        sets=trust.set_score(predictions, given.labels),
    )


@pytest.mark.parametrize(("language", "unknown"), [("en", "unknown"), ("id", "tidak dikenal")])
def test_the_report_tells_what_is_unknown_and_how_sure_to_be(language: str, unknown: str) -> None:
    words = Words(language)
    page = Outline(report_page(doubting(), words))
    assert words("section_doubt") in page.text
    assert words("calibration") in page.text
    assert words("sets") in page.text
    assert unknown in page.text
    assert ("href", "#doubt") in page.attributes
    assert words("risk_title") in page.text


def test_more_novel_photos_than_chance_explains_are_remarked_on() -> None:
    words = Words()
    assert words("rejection_more") in Outline(report_page(doubting(30), words)).text
    assert words("rejection_more") not in Outline(report_page(doubting(4), words)).text


def test_all_photos_unknown_leave_no_accuracy_to_tell() -> None:
    text = Outline(report_page(doubting(60), Words())).text
    assert "All 60 test photos would be called unknown: 60 novel, 0 ambiguous." in text


def test_an_uncalibrated_model_says_so() -> None:
    words = Words()
    assert words("calibration_none") in Outline(report_page(replace(content(), uncalibrated=True), words)).text
    assert words("calibration_none") not in Outline(report_page(content(), words)).text


def test_the_curve_ends_with_every_photo_answered() -> None:
    given = doubting()
    curve = doubt_values(given)["risk"]
    assert given.metrics is not None
    assert curve.points[-1][0] == pytest.approx(PLOT.left + PLOT.width)
    top = curve.y_ticks[-1][1]
    share = (PLOT.top + PLOT.height - curve.points[-1][1]) / PLOT.height * top
    assert share == pytest.approx(1 - given.metrics.accuracy.value)
    assert top >= 1 - given.metrics.accuracy.value


def test_no_mistake_no_curve() -> None:
    given = content(wrong=0)
    rejection = doubting().rejection
    assert doubt_values(replace(given, rejection=rejection))["risk"] is None


def test_too_few_held_out_photos_fit_nothing() -> None:
    logits, labels = drawn(FEWEST - 1)
    few = hold_out(logits, labels, np.zeros(FEWEST - 1, np.float32), np.arange(FEWEST - 1) % 2)
    assert fit_trust(few, 0.05, 0.9) == fit_trust(None, 0.05, 0.9) == Trust()
    predictions = Trust().predictions(logits, ("a", "b", "c"), few.novelty)
    assert not predictions.unknown.any()
    assert Trust().rejection(predictions, labels) is None
    assert Trust().set_score(predictions, labels) is None
