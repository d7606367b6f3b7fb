from __future__ import annotations

import re
from pathlib import Path

import kenali.tuning
from kenali.evaluation.words import LANGUAGES as REPORT
from kenali.study.words import LANGUAGES as STUDIES
from kenali.tuning.words import LANGUAGES, TuningWords
from tests.evaluation.test_words import fields

PACKAGE = Path(kenali.tuning.__file__).parent
FAMILIES = ("kind_", "question_", "dimension_", "value_", "trial_", "plot_", "answer_tune_", "making_tune_", "file_")


def test_every_language_holds_the_same_sentences() -> None:
    english = LANGUAGES["en"]
    assert set(LANGUAGES) == set(REPORT)
    for sentences in LANGUAGES.values():
        assert list(sentences) == list(english)
        assert all(text.strip() == text and text for text in sentences.values())
        assert not set(sentences) & {*REPORT["en"], *STUDIES["en"]}


def test_a_sentence_has_no_field_that_english_lacks() -> None:
    for key, english in LANGUAGES["en"].items():
        for sentences in LANGUAGES.values():
            assert fields(sentences[key]) <= fields(english), key


def test_every_sentence_is_used() -> None:
    sources = [path for path in PACKAGE.glob("*.py") if path.stem not in ("english", "indonesian")]
    quoted = set(re.findall(r"""["']([a-z_0-9-]+)["']""", "\n".join(path.read_text(encoding="utf-8") for path in sources)))
    for key in LANGUAGES["en"]:
        assert key in quoted or key.startswith(FAMILIES), f"no part of a search says {key!r}"


def test_values_have_names() -> None:
    words = TuningWords("en")
    assert words.value("strength", "own") == "by cross-validation"
    assert words.value("backbone", "efficientnet_lite1") == "efficientnet_lite1"
    assert words.value("learning_rate", 0.0123456) == "0.0123"
    assert TuningWords("id").value("weight_decay", 0.00001) == "0,00001"
