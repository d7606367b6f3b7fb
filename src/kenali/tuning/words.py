"""The sentences of a search, laid over those of the studies, whose page it shares."""

from __future__ import annotations

from kenali.study.words import StudyWords
from kenali.tuning.english import ENGLISH
from kenali.tuning.indonesian import INDONESIAN
from kenali.tuning.space import Value

LANGUAGES: dict[str, dict[str, str]] = {"en": ENGLISH, "id": INDONESIAN}
"""Language code to sentences; all languages hold the same keys and, in each sentence, the same fields."""


class TuningWords(StudyWords):
    """The studies' words and the search's own."""

    def __init__(self, language: str = "en") -> None:
        super().__init__(language)
        self._sentences = self._sentences | LANGUAGES[language]

    def value(self, name: str, value: Value) -> str:
        """What a value of the dimension `name` is called."""
        if isinstance(value, str):
            return self.known(f"value_{name}_{value}", value)
        return self.plain(float(f"{value:.3g}"))
