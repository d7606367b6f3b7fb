"""The sentences of the report in each of its languages, and numbers written as that language writes them."""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter
from typing import Any

from kenali.errors import KenaliError, did_you_mean
from kenali.evaluation import (
    doubt_words,
    drift_words,
    face_words,
    looks_words,
    scrutiny_words,
    serve_words,
    shortcut_words,
    training_words,
)
from kenali.evaluation.english import ENGLISH
from kenali.evaluation.indonesian import INDONESIAN

_MORE = (doubt_words, drift_words, face_words, looks_words, scrutiny_words, serve_words, shortcut_words, training_words)

LANGUAGES: dict[str, dict[str, str]] = {
    language: {key: sentence for part in parts for key, sentence in part.items()}
    for language, parts in {
        "en": [ENGLISH, *(one.ENGLISH for one in _MORE)],
        "id": [INDONESIAN, *(one.INDONESIAN for one in _MORE)],
    }.items()
}
"""Language code to sentences; all languages hold the same keys and, in each sentence, the same fields."""

NAMED = 4
"""Items that a sentence names before it says how many more there are."""

_MARKS = {"en": (".", ","), "id": (",", ".")}


class Words(Formatter):
    """The sentences of one language: `words("verdict_test", right=9, n=10, value=.9)`.

    In a sentence `{n:photo|photos}` picks the singular where n is 1, `{x:%}` and `{x:%0}` write the share x as a
    percentage with one and with no decimal, and integers get the language's thousands mark. Raises KenaliError for a
    language that is not known.
    """

    def __init__(self, language: str = "en") -> None:
        if language not in LANGUAGES:
            known, hint = ", ".join(LANGUAGES), did_you_mean(language, LANGUAGES)
            raise KenaliError(f"reports are written in {known}, not in {language!r}.{hint}")
        self.language = language
        self._sentences = LANGUAGES[language]
        self._decimal, self._thousands = _MARKS[language]

    def __call__(self, key: str, **values: object) -> str:
        return self.vformat(self._sentences[key], (), values)

    def known(self, key: str, otherwise: str, **values: object) -> str:
        """The sentence `key`, or `otherwise` where the language has none: for codes that other modules may add to."""
        return self(key, **values) if key in self._sentences else otherwise

    def listed(self, items: Sequence[str]) -> str:
        """The first few items, and how many more there are."""
        more = [self("and_more", n=len(items) - NAMED)] if len(items) > NAMED else []
        return ", ".join([*items[:NAMED], *more])

    def number(self, value: float, decimals: int = 0) -> str:
        """`value` with the language's decimal and thousands marks."""
        return self._marked(f"{value:,.{decimals}f}")

    def brief(self, value: float) -> str:
        """`value` in as few digits as it takes, such as 0.001."""
        return self._marked(f"{value:g}")

    def percent(self, share: float, decimals: int = 1) -> str:
        """A share in 0..1 as a percentage."""
        return f"{self.number(100 * share, decimals)}%"

    def share(self, share: float) -> str:
        """A share in 0..1 as a percentage in as few digits as it takes, such as 5%."""
        return f"{self.brief(round(100 * share, 6))}%"

    def points(self, difference: float) -> str:
        """A difference of two shares in percentage points, with its sign."""
        return f"{'+' if difference > 0 else ''}{self.number(100 * difference, 1)}"

    def signed(self, value: float, decimals: int = 3) -> str:
        """`value` with its sign."""
        return f"{'+' if value > 0 else ''}{self.number(value, decimals)}"

    def format_field(self, value: Any, format_spec: str) -> Any:
        if "|" in format_spec:
            singular, plural = format_spec.split("|")
            return singular if value == 1 else plural
        if format_spec.startswith("%"):
            return self.percent(value, int(format_spec[1:] or 1))
        return self.number(value) if isinstance(value, int) else str(value)

    def _marked(self, text: str) -> str:
        marks = {",": self._thousands, ".": self._decimal}
        return "".join(marks.get(letter, letter) for letter in text)
