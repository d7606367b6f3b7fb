"""A fitted threshold keeps what it states, and is refused where it could not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from kenali.errors import KenaliError
from kenali.evaluation.face_comparisons import Comparisons, of_people, of_photos, sample
from kenali.evaluation.face_page import threshold_page
from kenali.evaluation.face_thresholds import FittedThreshold, fit_threshold, operating, wilson_rate
from kenali.evaluation.metrics import wilson
from kenali.evaluation.words import Words
from kenali.faces.thresholds import DEFAULTS, ThresholdRecord, thresholds_for
from kenali.faces.values import Vectors
from tests.faces.people import drawn_people

TODAY = date(2026, 1, 2)


@pytest.fixture(scope="module")
def fitted() -> FittedThreshold:
    people = drawn_people(20, 4, seed=3)
    return fit_threshold(replace(people, groups=("a",) * 12 + ("b",) * 8), 0.02, "0" * 64, TODAY)


def impostors(people: Vectors) -> tuple[np.ndarray, np.ndarray]:
    """Distances between different people, photo by photo and photo by person, the plain way."""
    distances = np.linalg.norm(people.matrix[:, None] - people.matrix[None], axis=2)
    by_photo, by_person = [], []
    for i, person in enumerate(people.persons.tolist()):
        for other in range(len(people.names)):
            gaps = np.sort(distances[i, people.persons == other])
            if other != person:
                by_photo += gaps.tolist()
                by_person.append(gaps[:2].mean())
    return np.array(by_photo), np.array(by_person)


def test_the_threshold_accepts_at_most_the_wished_share(fitted: FittedThreshold) -> None:
    by_photo, by_person = impostors(drawn_people(20, 4, seed=3))
    for one, gaps in ((fitted.record.verify, by_photo), (fitted.record.identify, by_person)):
        reached = float(np.mean(gaps <= one.threshold - 1e-6))
        assert reached <= 0.02
        assert one.far.value == pytest.approx(reached, abs=1e-3)
        assert np.mean(gaps <= one.threshold + 0.02) > 0.02
        assert one.far.low < one.far.value < one.far.high
    assert fitted.record.verify.impostor == len(by_photo) // 2
    assert fitted.record.identify.impostor == len(by_person)
    assert fitted.record.verify.genuine == 20 * 6
    assert fitted.record.identify.genuine == 80


def test_curves_rise_and_fall_and_meet(fitted: FittedThreshold) -> None:
    for one in (fitted.identify, fitted.verify):
        assert (np.diff(one.far[0]) >= 0).all()
        assert (np.diff(one.frr[0]) <= 1e-12).all()
        assert one.far[0, 0] == 0
        assert one.far[0, -1] == 1
        at = np.interp(one.eer_at, one.thresholds, one.far[0]), np.interp(one.eer_at, one.thresholds, one.frr[0])
        assert at == pytest.approx((one.eer.value, one.eer.value), abs=1e-9)
        assert one.eer.low <= one.eer.value <= one.eer.high


@pytest.mark.parametrize("kind", ["identify", "verify"])
def test_the_realised_rate_lies_in_the_stated_interval(kind: str) -> None:
    """Of 40 galleries from one population at least 37: `benchmarks/face_thresholds.py` counts more of them."""
    everybody = drawn_people(300, 3, seed=99)
    crowd: Comparisons = of_photos(everybody) if kind == "verify" else of_people(of_photos(everybody))
    gaps, weights = crowd.impostors()
    held = 0
    for seed in range(40):
        photos = of_photos(drawn_people(15, 4, seed=seed))
        rate = operating(photos if kind == "verify" else of_people(photos), 0.02)
        below = int(np.searchsorted(gaps, rate.threshold, side="right"))
        truth = weights[below - 1] if below else 0.0
        held += rate.far.low <= truth <= rate.far.high
    assert held >= 37


@pytest.mark.parametrize(
    ("people", "photos", "far", "says"),
    [
        (4, 9, 0.05, "at least 5 people, and there are 4: enrol 1 more"),
        (8, 1, 0.2, "no person has two photos"),
        (10, 4, 0.001, "takes 3,000 pairs of photos of different people, and there are 720: enrol about 10 more people"),
        (10, 4, 0.0, "above 0"),
        (10, 4, 0.5, "below 50"),
    ],
)
def test_what_the_photos_cannot_support_is_refused(people: int, photos: int, far: float, says: str) -> None:
    with pytest.raises(KenaliError) as error:
        fit_threshold(drawn_people(people, photos), far, "", TODAY)
    assert says in str(error.value)


def test_doing_as_told_suffices() -> None:
    fit_threshold(drawn_people(20, 4), 0.001, "", TODAY)


def test_groups_are_told_apart(fitted: FittedThreshold) -> None:
    assert {group.name: group.persons for group in fitted.groups} == {"a": 12, "b": 8}
    assert all(group.far.low <= group.far.value <= group.far.high for group in fitted.groups)
    people = replace(drawn_people(20, 4), groups=("a",) * 20)
    assert fit_threshold(people, 0.05, "", TODAY).groups == ()


def test_a_large_gallery_is_drawn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    people = drawn_people(30, 10)
    monkeypatch.setattr("kenali.evaluation.face_comparisons._PEOPLE", 10)
    monkeypatch.setattr("kenali.evaluation.face_comparisons._PHOTOS", 40)
    drawn = sample(people)
    assert len(drawn) == 40
    assert len(drawn.names) == 10
    for row, person in zip(drawn.matrix, drawn.persons.tolist(), strict=True):
        (at,) = np.flatnonzero((people.matrix == row).all(axis=1))
        assert people.names[people.persons[at]] == drawn.names[person]
    assert fit_threshold(people, 0.05, "", TODAY).drawn


def test_intervals_agree_with_wilsons() -> None:
    rate, share = wilson_rate(3 / 40, 40, 1.959963984540054), wilson(3, 40)
    assert (rate.low, rate.high) == pytest.approx((share.low, share.high))
    assert (wilson_rate(0.0, 0).low, wilson_rate(0.0, 0).high) == (0, 1)


def test_the_record_comes_back_from_json(fitted: FittedThreshold) -> None:
    assert ThresholdRecord.from_json(fitted.record.as_json()) == fitted.record
    with pytest.raises(KenaliError, match="fit it again"):
        ThresholdRecord.from_json({"far": 0.1})


def test_which_threshold_holds(fitted: FittedThreshold) -> None:
    record = fitted.record.as_json()
    assert thresholds_for(record, "0" * 64, True, None).identify == fitted.record.identify.threshold
    assert thresholds_for(record, "0" * 64, True, 0.5).verify == 0.5
    assert thresholds_for(None, "0" * 64, True, None) == DEFAULTS
    for arguments, says in (
        ((record, "1" * 64, True, None), "another embedder"),
        ((None, "0" * 64, False, None), "your embedder"),
        ((None, "0" * 64, True, 2.5), "between 0 and 2"),
    ):
        with pytest.raises(KenaliError, match=says):
            thresholds_for(*arguments)


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_page_tells_it(language: str, fitted: FittedThreshold) -> None:
    page = threshold_page(fitted, Words(language))
    assert page.count("<svg") == 2
    value = f"{fitted.record.identify.threshold:.3f}"
    assert (value if language == "en" else value.replace(".", ",")) in page
    assert not re.search(r"\b(nan|inf|None)\b", page)
