"""Drift: quiet on photos of the same kind at its stated rate, loud on shifts, blind to nothing but the mix of classes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kenali.bundle.reference import Sample
from kenali.doubt import Limits
from kenali.errors import KenaliError
from kenali.evaluation.drift import FEWEST, MOST, drift
from kenali.evaluation.drift_page import drift_page, headline, how, sentences, write_drift
from kenali.evaluation.drift_values import ALARM_RATE, DriftResult, Strange
from kenali.evaluation.words import Words
from tests.conftest import draw_photo

NAMES = ("a", "b", "c")
LIMITS = Limits(novelty=0.8, ambiguous=0.4)


def photos(n: int, seed: int, *shares: float, **shifts: float) -> Sample:
    """Photos whose measures depend on their class and on each other, as real ones' do; `shifts` moves measures."""
    generator = np.random.default_rng(seed)
    shares = shares or (0.5, 0.3, 0.2)
    labels = generator.choice(len(shares), n, p=shares)
    light = 0.5 + 0.1 * labels + 0.1 * generator.standard_normal(n)
    measures: dict[str, npt.NDArray[Any]] = {
        "confidence": 1 / (1 + np.exp(-(1.5 + labels + 2 * (light - 0.5) + generator.standard_normal(n)))),
        "novelty": 0.4 + 0.1 * labels + 0.1 * generator.standard_normal(n),
        "brightness": light,
        "contrast": 0.2 + 0.5 * light + 0.05 * generator.standard_normal(n),
        "size": np.round(np.exp(6 + 0.2 * generator.standard_normal(n)), -1),  # many equal
    }
    shifted = {name: (values + shifts.get(name, 0)).astype(np.float32) for name, values in measures.items()}
    formats = tuple(np.where(generator.random(n) < 0.9, "JPEG", "PNG").tolist())
    return Sample(labels.astype(np.int64), shifted, formats, "held-out")


def test_photos_of_the_same_kind_are_called_changed_at_the_stated_rate() -> None:
    found = [drift(photos(150, seed), photos(120, 10_000 + seed), NAMES, LIMITS) for seed in range(60)]
    alarms = sum(one.verdict != "none" for one in found)
    assert alarms <= 4  # 0.6 are expected; 5 or more come in one case of three thousand
    smallest = np.array([min(change.p_value for change in one.changes) for one in found])
    assert 0 < (smallest <= 0.1).mean() < 0.25  # neither blind nor jumpy: 0.1 is exact


def test_another_mix_of_the_same_classes_is_told_but_is_no_alarm() -> None:
    found = [drift(photos(200, seed), photos(150, 500 + seed, 0.1, 0.2, 0.7), NAMES, LIMITS) for seed in range(6)]
    assert sum(one.verdict != "none" for one in found) <= 1
    assert all(one.mix.found for one in found)


@pytest.mark.parametrize(
    ("shift", "verdict", "found"),
    [
        ({"brightness": -0.2}, "photos", "brightness"),
        ({"novelty": 0.15}, "answers", "novelty"),
        ({"confidence": -0.2}, "answers", "confidence"),
        ({"size": 300}, "photos", "size"),
    ],
)
def test_shifts_are_found_and_named(shift: dict[str, float], verdict: str, found: str) -> None:
    result = drift(photos(150, 1), photos(150, 2, **shift), NAMES, LIMITS)
    assert result.verdict == verdict
    assert found in {change.name for change in result.found}


def test_answers_that_got_better_are_no_alarm() -> None:
    result = drift(photos(150, 1), photos(150, 2, novelty=-0.2, confidence=0.2), NAMES, LIMITS)
    assert result.verdict == "none"


def test_a_sure_trifle_is_no_alarm() -> None:
    result = drift(photos(1000, 1), photos(1500, 2, brightness=0.012), NAMES, LIMITS)
    assert result.verdict == "none"


def test_other_file_formats_are_found() -> None:
    new = photos(100, 2)
    result = drift(photos(150, 1), Sample(new.labels, new.measures, ("WEBP",) * 100, "photos"), NAMES, LIMITS)
    assert [change.name for change in result.found] == ["format"]


def test_a_class_that_only_one_side_has_does_not_stop_it() -> None:
    old, new = photos(150, 1, 0.6, 0.4, 0.0), photos(150, 2, 0.0, 0.6, 0.4)
    result = drift(old, new, NAMES, LIMITS)
    assert result.mix.found
    assert result.verdict == "none"
    apart = drift(photos(50, 1, 1.0, 0.0, 0.0), photos(50, 2, 0.0, 0.0, 1.0), NAMES, LIMITS)
    assert apart.changes == ()
    assert apart.mix.found


def test_thousands_of_photos_are_thinned_evenly() -> None:
    result = drift(photos(100, 1), photos(MOST + 7, 2), NAMES, LIMITS)
    assert (result.n, result.total) == (MOST, MOST + 7)


def test_too_few_photos_are_refused() -> None:
    with pytest.raises(KenaliError, match="the new photos are too few to compare: 19, at least 20"):
        drift(photos(100, 1), photos(FEWEST - 1, 2), NAMES, LIMITS)


@settings(max_examples=10, deadline=None)
@given(st.integers(FEWEST, 60), st.integers(FEWEST, 60), st.integers(0, 3), st.booleans())
def test_whatever_comes_the_figures_are_sound(n: int, m: int, levels: int, same: bool) -> None:
    """Constant measures, ties everywhere, the same photos on both sides."""
    old, new = photos(n, 1), photos(m, 1 if same else 2)
    if levels < 3:
        for one in (old, new):
            one.measures["brightness"] = np.round(one.measures["brightness"] * levels)
    result = drift(old, new, NAMES, LIMITS)
    for change in result.changes:
        assert 0 <= change.distance <= 1
        assert 0 < change.p_value <= 1
    assert json.loads(json.dumps(result.as_json(), allow_nan=False))["verdict"] == result.verdict


def result(**shifts: float) -> DriftResult:
    found = drift(photos(150, 1), photos(150, 2, **shifts), NAMES, LIMITS)
    strange = Strange("sub/1.jpg", 0.9, "a", draw_photo(None, 1))
    return DriftResult("stones", found, {"learned": 3, "alike": 1, "unreadable": 0}, False, (strange,))


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_page_says_what_changed(language: str, tmp_path: Path) -> None:
    words, changed = Words(language), result(brightness=-0.2, novelty=0.15, confidence=-0.2)
    said = " ".join([headline(changed.drift, words), *sentences(changed, words), *how(changed, words)])
    assert "{" not in said
    assert ("They are darker" if language == "en" else "lebih gelap") in said
    page = drift_page(changed, words)
    assert page.count('class="changed"') == len(changed.drift.found)
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", page)
    write_drift(tmp_path, changed, language)
    assert json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))["left_out"]["learned"] == 3


def test_a_quiet_page_says_what_could_have_been_missed() -> None:
    quiet, words = result(), Words("en")
    assert headline(quiet.drift, words) == "No change found in 150 new photos"
    assert any("notices shifts from about" in line for line in how(quiet, words))
    assert any(f"{ALARM_RATE:.0%}" in line for line in how(quiet, words))
