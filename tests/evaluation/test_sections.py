from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from kenali.evaluation import sections, write_check_report
from kenali.evaluation.words import LANGUAGES, Words
from kenali.photos import Scan, scan
from kenali.types import Ledger, LedgerRow, Notice
from tests.conftest import draw_photo, picture

ROWS = tuple(
    LedgerRow(f"{name}/{i}.jpg", name, "used") for name, n in (("gold", 1200), ("jasper", 3), ("opal", 1)) for i in range(n)
)
KINDS = [key.removeprefix("warning_") for key in LANGUAGES["en"] if key.startswith("warning_")]


def warned(kind: str, *evidence: str, language: str = "en") -> Notice:
    (notice,) = sections.told_warnings(Ledger(ROWS, (Notice(kind, "as found", evidence),)), Words(language))
    return notice


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_gets_a_sentence_from_its_evidence(kind: str, language: str) -> None:
    sentence = warned(kind, "jasper", "opal", language=language).what
    assert sentence != "as found"
    assert "“jasper”" in sentence
    assert "“opal”" in sentence
    assert sentence.endswith(".")


def test_sentences_agree_with_their_numbers() -> None:
    assert warned("blurred", "a.jpg").what == "1 photo is much less sharp than the others: “a.jpg”."
    assert warned("dark", "a.jpg", "b.jpg").what == "2 photos are almost black: “a.jpg”, “b.jpg”."
    assert warned("tiny-class", "jasper", "opal").what.startswith("Very few photos: “jasper” (3), “opal” (1).")
    assert warned("unknown-class", "jasper", "opal").what.startswith("4 photos are of classes")
    said = warned("imbalance", "gold", "opal", language="id").what
    assert said.startswith("“gold” memiliki 1.200 foto, sedangkan “opal” hanya 1:")


def test_evidence_is_kept_where_the_sentence_does_not_name_it_all() -> None:
    paths = tuple(f"{i}.jpg" for i in range(6))
    assert warned("dark", *paths[:4]).evidence == ()
    assert warned("dark", *paths).evidence == paths
    assert warned("dark", *paths).what.endswith("“3.jpg”, and 2 more.")


@pytest.mark.parametrize(("kind", "evidence"), [("melted", ("a.jpg",)), ("dark", ())])
def test_a_notice_without_words_or_evidence_speaks_for_itself(kind: str, evidence: tuple[str, ...]) -> None:
    assert warned(kind, *evidence).what == "as found"


def test_alarms_keep_the_words_they_came_with_and_silence_warnings_of_their_kind() -> None:
    conflict = Notice("label-conflict", "in two classes", ("gold/1.jpg = opal/1.jpg",))
    ledger = Ledger(ROWS, (conflict, Notice("imbalance", "as found", ("gold", "opal")), Notice("dark", "dark", ("a.jpg",))))
    alarms = sections.told_alarms((conflict, Notice("imbalance", "timpang", ("gold: 1.200 foto",))), ledger, Words("id"))
    assert [alarm.what for alarm in alarms] == [
        "1 gambar ada di dua kelas sekaligus, jadi salah satu labelnya pasti keliru: “gold/1.jpg = opal/1.jpg”.",
        "timpang",
    ]
    assert [warning.kind for warning in sections.told_warnings(ledger, Words("id"), alarms)] == ["dark"]
    assert sections.told_warnings(None, Words()) == ()


def troubled(folder: Path) -> Scan:
    """Scanned photos with something wrong of many kinds."""
    gold, opal = folder / "gold", folder / "opal"
    for i in range(40):
        draw_photo(gold / f"{i}.png", seed=i, file_format="PNG")
    draw_photo(opal / "0.png", seed=40, file_format="PNG")
    photo = picture(41)
    photo.filter(ImageFilter.GaussianBlur(8)).save(gold / "blurred.png")
    picture(43).resize((16, 12)).save(gold / "small.png")
    picture(42).resize((400, 40)).save(gold / "wide.png")
    Image.new("RGB", (64, 64), "black").save(gold / "black.png")
    Image.new("RGB", (64, 64), "white").save(gold / "white.jpg", "PNG")
    (opal / "copy.png").write_bytes((gold / "1.png").read_bytes())
    (opal / "cut.png").write_bytes((gold / "2.png").read_bytes()[:3000])
    (opal / "notes.txt").write_text("notes")
    (folder / "loose.png").write_bytes(b"")
    (folder / "empty").mkdir()
    return scan(folder)


def test_no_english_sentence_of_the_scan_reaches_an_indonesian_page(tmp_path: Path) -> None:
    scanned = troubled(tmp_path / "photos")
    ledger = scanned.ledger
    assert len(ledger.warnings) >= 8
    pages = {}
    for language in LANGUAGES:
        write_check_report(tmp_path / language, ledger, scanned.photoset.counts, {}, language)
        pages[language] = (tmp_path / language).read_text(encoding="utf-8")
    details = [row.detail for row in ledger.rows if row.detail]
    assert details
    assert all(detail in pages["en"] for detail in details)
    assert not [told for told in (*details, *(warning.what for warning in ledger.warnings)) if told in pages["id"]]
    words = Words("id")
    for kind in {warning.kind for warning in ledger.warnings}:
        assert words(f"alarm_{kind}") in pages["id"]
    for reason in {row.reason for row in ledger.rows if row.reason}:
        assert words(f"reason_{reason}") in pages["id"]
