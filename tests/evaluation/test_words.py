from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from kenali.errors import KenaliError
from kenali.evaluation import page
from kenali.evaluation.words import LANGUAGES, Words
from kenali.types import PARTS

PACKAGE = Path(page.__file__).parent
FAMILIES = (
    *("alarm_", "warning_", "axis_", "fate_", "reason_", "stage_", "section_", "augmented_", "copied_", "contest_", "looks_"),
    *("shortcut_", "shortcuts_lead_", "clue_", "trait_", "drift_", "measure_", "threshold_"),
)
SPOKEN = ("alarms", "shortcut_section")  # modules that make notices in the language of the report


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_language_holds_the_same_sentences() -> None:
    english = LANGUAGES["en"]
    for sentences in LANGUAGES.values():
        assert list(sentences) == list(english)
        assert all(text.strip() == text and text for text in sentences.values())


def test_a_sentence_has_no_field_that_english_lacks() -> None:
    for key, english in LANGUAGES["en"].items():
        for sentences in LANGUAGES.values():
            assert fields(sentences[key]) <= fields(english), key


def test_every_sentence_is_used_and_every_one_used_exists() -> None:
    served = PACKAGE.parent / "serve"
    sources = [*PACKAGE.glob("*.py"), *(PACKAGE / "templates").glob("*"), *served.rglob("*.py"), *served.glob("templates/*")]
    spoken = [path for path in sources if path.stem not in ("english", "indonesian") and not path.stem.endswith("_words")]
    text = "\n".join(path.read_text() for path in spoken)
    quoted = set(re.findall(r"""["']([a-z_0-9]+)["']""", text))
    for key in LANGUAGES["en"]:
        assert key in quoted or key in PARTS or key.startswith(FAMILIES), f"no part of the report says {key!r}"
    called = set(re.findall(r"""\bw(?:ords)?\(\s*["']([a-z_0-9]+)["'][,)\s]""", text))
    assert called
    assert called <= {*LANGUAGES["en"], *FAMILIES}


@pytest.mark.parametrize(
    ("language", "number", "share", "brief"),
    [("en", "12,345.7", "90.9%", "0.001"), ("id", "12.345,7", "90,9%", "0,001")],
)
def test_numbers_are_written_as_the_language_does(language: str, number: str, share: str, brief: str) -> None:
    words = Words(language)
    assert words.number(12345.67, 1) == number
    assert words.percent(10 / 11) == share
    assert words.brief(0.001) == brief


def test_one_photo_is_singular() -> None:
    words = Words("en")
    assert words("evidence_photos", name="gold", n=1) == "gold: 1 photo"
    assert words("evidence_photos", name="gold", n=2500) == "gold: 2,500 photos"
    assert Words("id")("evidence_photos", name="emas", n=2500) == "emas: 2.500 foto"


def test_braces_in_a_class_name_are_left_alone() -> None:
    assert Words()("evidence_photos", name="{n!r}", n=3) == "{n!r}: 3 photos"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KenaliError, match="en, id"):
        Words("fr")


def test_every_reason_and_kind_of_notice_in_the_code_has_words() -> None:
    unserved = [
        path for path in PACKAGE.parent.rglob("*.py") if not {"serve", "client"} & {*path.parts}
    ]  # a server has reasons of its own
    sources = [path for path in unserved if path.stem not in (*SPOKEN, "english", "indonesian")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    given = r"""(?:Problem\(|PhotoError\(|reason=|set_aside\([^)]*?|fates\[\w+\] = \()\s*"([a-z-]+)\""""
    reasons, kinds = set(re.findall(given, text)), set(re.findall(r"""(?:Notice|_notice)\(\s*"([a-z-]+)\"""", text))
    told = set(LANGUAGES["en"])
    assert {f"reason_{reason}" for reason in reasons} == {key for key in told if key.startswith("reason_")}
    assert {f"warning_{kind}" for kind in kinds} == {key for key in told if key.startswith("warning_")}
    assert {f"alarm_{kind}" for kind in kinds} <= told


def test_a_list_names_a_few_and_counts_the_rest() -> None:
    assert Words().listed(["a", "b", "c", "d"]) == "a, b, c, d"
    assert Words("id").listed(["a", "b", "c", "d", "e", "f"]) == "a, b, c, d, dan 2 lainnya"


def test_a_code_without_words_stands_for_itself() -> None:
    assert Words().known("reason_melted", "melted") == "melted"
    assert Words().known("evidence_photos", "?", name="gold", n=1) == "gold: 1 photo"
