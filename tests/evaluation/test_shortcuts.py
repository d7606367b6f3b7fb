"""Planted shortcuts are named, clean sets stay quiet, and the verdict keeps its rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from kenali.evaluation import (
    ReportContent,
    Shortcut,
    against,
    alarms,
    find_shortcuts,
    metrics_document,
    write_check_report,
    write_report,
)
from kenali.evaluation import shortcuts as shortcuts_module
from kenali.evaluation.shortcut_section import shortcut_alarms, shortcut_section
from kenali.evaluation.shortcuts import KINDS, MILD
from kenali.evaluation.words import LANGUAGES, Words
from kenali.images import decode
from kenali.photos import PhotoFacts, Scan, scan
from kenali.photos.audit import examine
from kenali.types import Ledger, Photo, Proportion
from tests.conftest import encoded, picture

Plant = Callable[[Image.Image, bool], tuple[Image.Image, dict[str, object]]]


def untouched(image: Image.Image, _: bool) -> tuple[Image.Image, dict[str, object]]:
    return image, {}


def smaller(image: Image.Image, planted: bool) -> tuple[Image.Image, dict[str, object]]:
    return image.resize((60, 64)) if planted else image, {}


def coarser(image: Image.Image, planted: bool) -> tuple[Image.Image, dict[str, object]]:
    return image, {"quality": 60 if planted else 90}


def framed(image: Image.Image, planted: bool) -> tuple[Image.Image, dict[str, object]]:
    return ImageOps.expand(image.crop((2, 2, 62, 62)), 2, "black" if planted else "white"), {}


def marked(image: Image.Image, planted: bool) -> tuple[Image.Image, dict[str, object]]:
    if planted:
        ImageDraw.Draw(image).rectangle((1, 1, 9, 9), fill="white", outline="black")
    return image, {}


def lit(image: Image.Image, planted: bool) -> tuple[Image.Image, dict[str, object]]:
    ground = Image.new("RGB", (64, 64), (200, 190, 180) if planted else (90, 100, 110))
    ground.paste(image.resize((40, 40)), (12, 12))
    return ground, {}


def planted_set(plant: Plant, per_class: int = 24) -> tuple[list[Photo], dict[str, PhotoFacts]]:
    """Two classes of textures that only `plant` tells apart."""
    photos, facts = [], {}
    for number in range(2 * per_class):
        label = number % 2
        image, options = plant(picture(number, (64, 64)), bool(label))
        photos.append(Photo(f"{number}.jpg", label, "", image.size, str(number)))
        facts[f"{number}.jpg"] = examine(decode(encoded(image, "JPEG", **options)))
    return photos, facts


def found(plant: Plant) -> dict[str, Shortcut]:
    return {one.kind: one for one in find_shortcuts(*planted_set(plant), ("plain", "planted"))}


def test_a_clean_set_is_quiet() -> None:
    shortcuts = found(untouched)
    assert tuple(shortcuts) == (*KINDS, *MILD)
    assert {one.verdict for one in shortcuts.values()} == {"quiet"}
    assert shortcuts["size"].balanced_accuracy.value == shortcuts["format"].balanced_accuracy.value == 0.5
    assert shortcuts["size"].balanced_accuracy.n == 48
    assert shortcut_alarms(tuple(shortcuts.values()), Words()) == ()
    section = shortcut_section(tuple(shortcuts.values()), Words())
    assert section is not None
    assert section.worst == "quiet"
    assert [row.shortcut.kind for row in section.strict] == list(KINDS)
    assert not shortcuts["bytes"].strict  # all files were written alike: their bytes count detail


@pytest.mark.parametrize(
    ("plant", "kind", "quiet"),
    [
        (smaller, "size", {"format"}),
        (coarser, "format", {"size", "border", "corners", "background"}),
        (framed, "border", {"size", "format"}),
        (marked, "corners", {"size", "format"}),
        (lit, "background", {"size", "format"}),
    ],
)
def test_a_planted_shortcut_is_named_with_its_accuracy(plant: Plant, kind: str, quiet: set[str]) -> None:
    shortcuts = found(plant)
    assert shortcuts[kind].verdict == "gives-away"
    assert shortcuts[kind].balanced_accuracy.value > 0.9
    assert {shortcuts[other].verdict for other in quiet} == {"quiet"}
    alarm, *_ = shortcut_alarms(tuple(shortcuts.values()), Words())
    assert alarm.kind == "shortcut"
    assert Words()(f"shortcut_{kind}").lower() in alarm.what.lower()
    assert f"{shortcuts[kind].balanced_accuracy.value:.0%}" in alarm.what


def test_the_alarm_says_what_the_baseline_goes_by() -> None:
    assert found(smaller)["size"].clue.by_class == {"plain": (64, 64), "planted": (64, 60)}  # type: ignore[union-attr]
    (alarm,) = shortcut_alarms([found(smaller)["size"]], Words())
    assert alarm.evidence[1] == "Typical height × width in pixels: plain 64 × 64, planted 64 × 60"

    def greyed(image: Image.Image, planted: bool) -> tuple[Image.Image, dict[str, object]]:
        return image.convert("L") if planted else image, {}

    clue = found(greyed)["format"].clue
    assert clue is not None
    assert {clue.name, "colour pixels", "4:2:0", "grey pixels"} == {"colour pixels", "4:2:0", "grey pixels"}
    assert set(clue.by_class.values()) == {(0.0,), (1.0,)}


def shortcut(value: float, *, p: float = 0.002, kind: str = "border", strict: bool = True, k: int = 2) -> Shortcut:
    return Shortcut(kind, Proportion(value, value - 0.05, value + 0.05, 100), 1 / k, p, strict)


@pytest.mark.parametrize(
    ("one", "model", "verdict"),
    [
        (shortcut(0.59), None, "quiet"),  # sure, but slight
        (shortcut(0.9, p=0.06), None, "quiet"),  # large, but chance
        (shortcut(0.65), None, "noticeable"),
        (shortcut(0.76), None, "gives-away"),
        (shortcut(0.65), 0.75, "gives-away"),  # six tenths of what the model gains
        (shortcut(0.65), 0.95, "noticeable"),
        (shortcut(0.65), 0.4, "gives-away"),  # the model does worse
        (shortcut(0.99, strict=False), 0.99, "noticeable"),
        (shortcut(0.5, k=10), 0.98, "noticeable"),
        (shortcut(0.56, k=10), 0.98, "gives-away"),
    ],
)
def test_the_verdict_keeps_its_rule(one: Shortcut, model: float | None, verdict: str) -> None:
    (judged,) = against([one], model)
    assert judged.verdict == verdict
    assert judged.as_json() == {
        "kind": "border",
        "balanced_accuracy": {"value": one.balanced_accuracy.value, "low": pytest.approx(one.balanced_accuracy.low)}
        | {"high": pytest.approx(one.balanced_accuracy.high), "n": 100},
        "chance": one.chance,
        "model": model,
        "p_value": one.p_value,
        "verdict": verdict,
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_alarm_leads_and_speaks_plainly(language: str) -> None:
    shortcuts = against([shortcut(0.97), shortcut(0.8, kind="size"), shortcut(0.6, kind="bytes")], 1.0)
    first, *_ = alarms(None, {}, shortcuts=shortcuts, language=language)
    assert first.kind == "shortcut"
    assert "97%" in first.what
    assert "50%" in first.what
    assert "80%" in first.what
    assert "60%" not in first.what
    (partly,) = shortcut_alarms([shortcut(0.76)], Words(language))
    assert partly.what.split(":")[0] != first.what.split(":")[0]


def test_a_subject_that_fills_the_picture_raises_no_grave_alarm() -> None:
    def tinted(image: Image.Image, planted: bool) -> tuple[Image.Image, dict[str, object]]:
        return Image.blend(image, Image.new("RGB", image.size, "red" if planted else "blue"), 0.6), {}

    shortcuts = found(tinted)
    assert shortcuts["border"].balanced_accuracy.value == shortcuts["middle"].balanced_accuracy.value == 1
    assert {one.verdict for one in shortcuts.values()} == {"quiet", "noticeable"}
    (notice,) = shortcut_alarms(tuple(shortcuts.values()), Words())
    assert notice.kind == "surroundings"
    assert "The middle of the pictures gets 100%" in notice.what


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_pages_show_the_alarm_and_every_baseline(tmp_path: Path, language: str) -> None:
    words, name = Words(language), "<b>plain</b>"
    shortcuts = against(find_shortcuts(*planted_set(smaller), (name, "planted")), 0.98)
    content = ReportContent("x", {}, shortcuts=shortcuts, alarms=alarms(None, {}, shortcuts=shortcuts, language=language))
    report = write_report(tmp_path, content, language).read_text(encoding="utf-8")
    write_check_report(tmp_path / "check.html", Ledger(()), {}, {}, language, shortcuts=shortcuts)
    check = (tmp_path / "check.html").read_text(encoding="utf-8")
    for page in (report, check):
        assert words("alarm_shortcut") in page
        assert page.count('<svg width="100%" height="20"') == len(KINDS) + len(MILD)
        assert all(words(f"shortcut_{kind}") in page for kind in (*KINDS, *MILD))
        assert name not in page
    bare = write_report(tmp_path, ReportContent("x", {}), language).read_text(encoding="utf-8")
    assert words("shortcuts_none") in bare


def test_the_document_lists_every_baseline() -> None:
    shortcuts = against([shortcut(0.97)], 1.0)
    document = metrics_document(None, bundle="x", class_names=("a", "b"), shortcuts=shortcuts)
    assert document["shortcuts"] == [shortcuts[0].as_json()]
    assert set(document["shortcuts"][0]) == {"kind", "balanced_accuracy", "chance", "model", "p_value", "verdict"}


def test_classes_with_too_few_photos_are_left_out() -> None:
    photos, facts = planted_set(smaller)
    extra = [replace(photo, label=2) for photo in photos[:4]]
    assert find_shortcuts(photos[:8], facts, ("a", "b")) == ()
    assert {one.chance for one in find_shortcuts([*photos[4:], *extra], facts, ("a", "b", "c"))} == {0.5}
    grouped = [replace(photo, group=str(photo.label)) for photo in photos]
    assert find_shortcuts(grouped, facts, ("a", "b")) == ()
    assert shortcut_section((), Words()) is None


def test_large_sets_large_groups_and_many_classes_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcuts_module, "MOST", 100)
    facts = planted_set(smaller, 1)[1]
    look = facts["0.jpg"]

    def photos(groups: int, size: int, classes: int) -> list[Photo]:
        return [
            Photo(f"{label}/{group}/{n}", label, "", (64, 64), f"{label}/{group}")
            for label in range(classes)
            for group in range(groups)
            for n in range(size)
        ]

    for drawn in (photos(300, 1, 2), photos(6, 90, 2), photos(6, 1, 40)):
        shortcuts = find_shortcuts(drawn, {photo.path: look for photo in drawn}, [str(j) for j in range(40)])
        assert 90 <= shortcuts[0].balanced_accuracy.n <= 120
        assert {one.verdict for one in shortcuts} == {"quiet"}


@pytest.fixture(scope="module")
def films(shared_data: Path) -> Scan:
    return scan(shared_data / "xray")


def test_the_chest_films_are_given_away_by_how_they_were_made(films: Scan) -> None:
    shortcuts = {one.kind: one for one in find_shortcuts(films.photoset.photos, films.facts, films.photoset.class_names)}
    assert {shortcuts[kind].verdict for kind in ("size", "format")} == {"gives-away"}
    assert min(shortcuts[kind].balanced_accuracy.value for kind in ("format", "border", "background")) > 0.9
    shortcut, surroundings = shortcut_alarms(tuple(shortcuts.values()), Words())
    assert "From the way the files were saved alone the classes can be told apart: 97% right" in shortcut.what
    assert "the edge of the pictures alone" in surroundings.what


def test_dealt_labels_on_the_chest_films_stay_quiet(films: Scan) -> None:
    dealt = np.random.default_rng(0).permutation([photo.label for photo in films.photoset.photos]).tolist()
    photos = [replace(photo, label=label) for photo, label in zip(films.photoset.photos, dealt, strict=True)]
    shortcuts = find_shortcuts(photos, films.facts, films.photoset.class_names)
    assert {one.verdict for one in shortcuts} == {"quiet"}
