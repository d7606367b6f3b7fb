"""The sentences of the studies, laid over those of the report, whose page they share."""

from __future__ import annotations

from kenali.evaluation.words import Words
from kenali.study.english import ENGLISH
from kenali.study.indonesian import INDONESIAN

LANGUAGES: dict[str, dict[str, str]] = {"en": ENGLISH, "id": INDONESIAN}
"""Language code to sentences; all languages hold the same keys and, in each sentence, the same fields."""


class StudyWords(Words):
    """The report's words and the studies' own."""

    def __init__(self, language: str = "en") -> None:
        super().__init__(language)
        self._sentences = self._sentences | LANGUAGES[language]

    def plain(self, value: float) -> str:
        """`value` without an exponent and without needless zeros: 0.000001, 20, 2.5."""
        text = f"{value:,.10f}".rstrip("0").rstrip(".")
        return self._marked(text)

    def points(self, difference: float) -> str:
        """A difference of two shares in percentage points, with its sign; never minus nothing."""
        return super().points(round(difference, 3) + 0.0)
