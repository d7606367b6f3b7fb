from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from kenali.errors import KenaliError
from kenali.evaluation import (
    ReportContent,
    alarms,
    in_words,
    metrics_document,
    score,
    write_check_report,
    write_evaluation,
    write_report,
)
from kenali.evaluation.alarms import PartCounts
from kenali.evaluation.leakage import Leakage, LeakedPair
from kenali.evaluation.metrics import wilson
from kenali.evaluation.paired import Difference
from kenali.photos import Suspect
from kenali.types import Ledger, LedgerRow, Notice, Photo, Predictions

NEVER_CLOSED = {"meta", "img", "br"}
HOSTILE = ("<script>alert(1)</script>", 'quo"te & <b>', "{{ 7 * 7 }}", "青金石のとても長い名前" * 8)


class Outline(HTMLParser):
    """Checks that tags nest, and collects texts, links and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in NEVER_CLOSED:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def content(k: int = 3, n: int = 60, *, names: tuple[str, ...] = (), wrong: float = 0.2, jpeg: bytes = b"x") -> ReportContent:
    random = np.random.default_rng(k)
    names = names or tuple(f"class {j}" for j in range(k))
    labels = np.arange(n) % len(names)
    shown = np.where(random.random(n) < wrong, (labels + 1) % len(names), labels)
    probs = np.full((n, len(names)), 0.3 / len(names), np.float32)
    probs[np.arange(n), shown] += 0.7
    metrics = score(probs, labels, names)
    tested = {name: int((labels == j).sum()) for j, name in enumerate(names)}
    counts: PartCounts = {"train": dict.fromkeys(names, 40), "test": tested}
    photos = tuple(Photo(f"{names[j]}/{i}.jpg", int(j), "0" * 64, (9, 9), str(i)) for i, j in enumerate(labels))
    rows = tuple(LedgerRow(photo.path, names[photo.label], "used") for photo in photos)
    broken = LedgerRow("broken.jpg", "", "quarantined", "truncated", "the file ends before the image does")
    ledger = Ledger((*rows, broken), (Notice("label-conflict", "in two classes", ("a.jpg",)),))
    return ReportContent(
        title="minerals",
        counts=counts,
        metrics=metrics,
        cross_validation=metrics,
        photos=photos,
        labels=labels,
        predictions=Predictions(probs, names),
        thumbs={photo.path: jpeg for photo in photos},
        ledger=ledger,
        alarms=alarms(metrics, counts, ledger=ledger),
        strengths=((0.01, 0.9), (0.1, 0.5), (1.0, 0.7)),
        recipe='name = "auto"\n',
        seconds={"scan": 0.2, "warm-up": 0.1},
        provenance={"kenali": "0.1.0", "seed": "0"},
    )


def page(folder: Path, one: ReportContent, language: str = "en") -> str:
    return write_report(folder, one, language).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("k", [2, 25])
def test_report_is_whole_and_loads_nothing(tmp_path: Path, k: int, language: str) -> None:
    text = page(tmp_path, content(k, n=k * 5), language)
    outline = Outline(text)
    assert f'<html lang="{language}">' in text
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in text
    assert not {"script", "link", "iframe", "object"} & set(outline.tags)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    for name, value in outline.attributes:
        assert name not in ("src", "href") or value.startswith(("data:image/jpeg;base64,", "#"))
        assert not name.startswith("on")
    ids = {value for name, value in outline.attributes if name == "id"}
    assert {value[1:] for name, value in outline.attributes if name == "href"} <= ids
    assert not re.search(r"\b(nan|NaN|inf|None|Undefined)\b", outline.text)


def test_figures_have_a_name_and_a_description(tmp_path: Path) -> None:
    for svg in re.findall(r"<svg.*?</svg>", page(tmp_path, content()), re.DOTALL):
        assert re.search(r'role="img" aria-label="[^"]+"', svg)
        assert re.search(r"<title>[^<]+</title>\s*<desc>[^<]+</desc>", svg)


def test_names_from_outside_are_text_not_markup(tmp_path: Path) -> None:
    one = content(names=HOSTILE)
    text = page(tmp_path, one)
    outline = Outline(text)
    assert "script" not in outline.tags
    assert "b" in outline.tags
    for name in HOSTILE:
        assert name in outline.text
    assert any(name == "alt" and value.startswith(HOSTILE[0]) for name, value in outline.attributes)


def test_verdict_comes_first_in_plain_words(tmp_path: Path) -> None:
    text = Outline(page(tmp_path, content(2, n=200, wrong=0.0))).text
    assert "200 of 200 test photos recognised correctly: 100.0%" in " ".join(text.split())
    assert "between 98 and 100 of 100 new photos" in text
    assert "most frequent class, would be right on 50%" in text
    assert "every test photo was recognised correctly" in text
    assert text.index("between 98") < text.index("in two classes") < text.index("Balanced accuracy")


def test_grave_alarms_are_announced_in_the_verdict(tmp_path: Path) -> None:
    assert "Read the marked alarm below" in page(tmp_path, content())


def test_report_without_a_test_part_speaks_of_cross_validation(tmp_path: Path) -> None:
    metrics = content().metrics
    bare = ReportContent(title="x", counts={"train": {"a": 3}}, cross_validation=metrics)
    text = page(tmp_path, bare)
    assert "recognised correctly in cross-validation" in text
    assert "these figures come from cross-validation" in text
    assert "Confusion matrix" in text
    assert 'id="mistakes"' not in text


@pytest.mark.parametrize("metrics", [None, score(np.zeros((0, 2)), [], ("a", "b"))])
def test_report_of_nothing_says_so(tmp_path: Path, metrics: None) -> None:
    text = page(tmp_path, ReportContent(title="x", counts={}, metrics=metrics))
    assert "Nothing has been tested yet" in text
    Outline(text)


def test_report_on_one_photo(tmp_path: Path) -> None:
    text = page(tmp_path, content(2, n=1, wrong=0.0))
    assert "1 of 1 test photo recognised correctly" in text
    assert "between 21 and 100 of 100" in text


def test_report_stays_below_three_megabytes(tmp_path: Path) -> None:
    for k in (2, 25, 300):
        text = page(tmp_path / str(k), content(k, n=max(600, 2 * k), wrong=0.5, jpeg=bytes(40_000)))
        assert len(text.encode()) < 3_000_000
        assert text.count("data:image/jpeg") <= 24 + 160


def test_many_classes_show_only_the_worst_in_the_matrix(tmp_path: Path) -> None:
    text = page(tmp_path, content(60, n=300))
    matrix = re.search(r'<table aria-label="Confusion matrix.*?</table>', text, re.DOTALL)
    assert matrix
    assert matrix[0].count('scope="row"') == 30
    assert "Only the 30 classes with the most mistakes" in text


def test_photos_labels_and_predictions_must_match() -> None:
    one = content()
    with pytest.raises(KenaliError, match="60 photos, 59 labels and 60 predictions"):
        ReportContent(title="x", counts={}, photos=one.photos, labels=one.labels[1:], predictions=one.predictions)


def test_evaluation_writes_report_figures_and_table(tmp_path: Path) -> None:
    one = content()
    document = metrics_document(one.metrics, bundle="b", class_names=["a"], alarms=one.alarms)
    written = write_evaluation(tmp_path / "report", one, document)
    assert [path.name for path in written] == ["index.html", "metrics.json", "predictions.csv"]
    assert sorted(tmp_path.joinpath("report").iterdir()) == sorted(written)
    assert json.loads(written[1].read_text(encoding="utf-8")) == document
    with written[2].open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 60


def test_evaluation_without_tested_photos_has_no_table(tmp_path: Path) -> None:
    document = metrics_document(None, bundle="b", class_names=["a"])
    written = write_evaluation(tmp_path, ReportContent(title="x", counts={}), document)
    assert [path.name for path in written] == ["index.html", "metrics.json"]


def test_figures_that_are_not_numbers_are_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_evaluation(tmp_path, ReportContent(title="x", counts={}), {"ece": float("nan")})
    assert not (tmp_path / "metrics.json").exists()


@pytest.mark.parametrize("language", ["en", "id"])
def test_check_report_shows_the_photos_alone(tmp_path: Path, language: str) -> None:
    ledger = content().ledger
    assert ledger
    thumbs = {row.path: b"x" for row in ledger.rows}
    path = tmp_path / "check.html"
    write_check_report(path, ledger, {"class 0": 20, "class 1": 20, "class 2": 20}, thumbs, language, title="minerals")
    text = path.read_text(encoding="utf-8")
    outline = Outline(text)
    assert "broken.jpg" in outline.text
    assert {"en": "in two classes", "id": "di dua kelas"}[language] in outline.text
    assert text.count("data:image/jpeg") == 24
    assert ("60 of 61 files can be used" in text) == (language == "en")
    ids = {value for name, value in outline.attributes if name == "id"}
    assert {value[1:] for name, value in outline.attributes if name == "href"} <= ids


@pytest.mark.parametrize("language", ["en", "id"])
def test_check_report_shows_doubtful_labels(tmp_path: Path, language: str) -> None:
    ledger = content().ledger
    assert ledger
    counts = {f"class {j}": 20 for j in range(3)}
    suspects = [Suspect(f"class 0/{i}.jpg", "class 0", HOSTILE[0], 0.1, 0.9, strong=i < 30) for i in range(90)]
    thumbs = {one.path: b"x" for one in suspects}
    path = tmp_path / "check.html"
    for given, shown in ((suspects, 60), ([], 0), (None, 0)):
        write_check_report(path, ledger, counts, thumbs, language, title="minerals", suspects=given)
        text = path.read_text(encoding="utf-8")
        outline = Outline(text)
        assert ('id="suspects"' in text) == (given is not None)
        assert outline.text.count("→") == shown
        assert ("kenali check minerals --apply suspects.csv -o list.csv" in text) == bool(given)


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("gap", [Difference(0.2, 0.1, 0.3), Difference(0.01, -0.02, 0.04)])
def test_report_tells_what_a_careless_split_would_have_claimed(tmp_path: Path, language: str, gap: Difference) -> None:
    one = content()
    first, second = one.photos[0].path, one.photos[1].path
    pairs = tuple(LeakedPair(first, second, 0.99) for _ in range(20))
    leakage = Leakage(wilson(90, 100), wilson(70, 100), gap, 5, 20.0, 7.4, pairs)
    outline = Outline(page(tmp_path, replace(one, leakage=leakage), language))
    assert ("id", "leakage") in outline.attributes
    flattered = {"en": "20.0 points too much", "id": "20,0 poin terlalu tinggi"}[language]
    assert (flattered in outline.text) == (gap.low > 0)
    assert [value for name, value in outline.attributes if name == "alt"].count(second) >= 12
    assert "leakage" not in dict(Outline(page(tmp_path, one, language)).attributes).values()


def test_provenance_is_told_on_one_line_each() -> None:
    told = in_words({"seed": 0, "views": [], "photos": {"train": 56, "test": 20}, "versions": ["a", "b"]})
    assert told == {"seed": "0", "photos": "train 56, test 20", "versions": "a, b"}
