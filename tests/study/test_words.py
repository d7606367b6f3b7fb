from __future__ import annotations

import re
from pathlib import Path

import kenali.study
from kenali.evaluation.words import LANGUAGES as REPORT
from kenali.study.words import LANGUAGES, StudyWords
from tests.evaluation.test_words import fields

PACKAGE = Path(kenali.study.__file__).parent
FAMILIES = ("kind_", "question_", "label_", "column_", "degraded_", "part_", "making_", "changed_", "file_", "answer_amount_")


def test_every_language_holds_the_same_sentences() -> None:
    english = LANGUAGES["en"]
    assert set(LANGUAGES) == set(REPORT)
    for sentences in LANGUAGES.values():
        assert list(sentences) == list(english)
        assert all(text.strip() == text and text for text in sentences.values())
        assert not set(sentences) & set(REPORT["en"])


def test_a_sentence_has_no_field_that_english_lacks() -> None:
    for key, english in LANGUAGES["en"].items():
        for sentences in LANGUAGES.values():
            assert fields(sentences[key]) <= fields(english), key


def test_every_sentence_is_used_and_every_one_used_exists() -> None:
    sources = [*PACKAGE.glob("*.py"), *(PACKAGE / "templates").glob("*")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.stem not in ("english", "indonesian"))
    quoted = set(re.findall(r"""["']([a-z_0-9-]+)["']""", text))
    for key in LANGUAGES["en"]:
        assert key in quoted or key.startswith(FAMILIES), f"no part of a study says {key!r}"
    called = set(re.findall(r"""\bw(?:ords)?\(\s*["']([a-z_0-9-]+)["'][,)\s]""", text))
    assert called
    assert called <= {*LANGUAGES["en"], *FAMILIES}


def test_numbers_are_plain() -> None:
    assert StudyWords("en").plain(0.000001) == "0.000001"
    assert StudyWords("id").plain(1234.5) == "1.234,5"
    assert StudyWords("en").plain(20) == "20"
    assert StudyWords("en").points(-0.00001) == "0.0"
    assert StudyWords("id").points(0.0345) == "+3,5"
