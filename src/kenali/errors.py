"""Errors with one sentence each: what was expected, what came, where, and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class KenaliError(Exception):
    """Base of every error that Kenali raises on purpose; its text is fit to show a user."""


class PhotoError(KenaliError):
    """One file cannot be used as a photo.

    `reason` is a stable code of the ledger (`corrupt`, `truncated`, `animated`, ...); the text is a sentence for people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[PhotoError], tuple[str, str]]:
        return PhotoError, (self.reason, self.detail)


class BundleError(KenaliError):
    """A bundle is missing, incomplete, altered or of a format this version does not know."""


class Diverged(KenaliError):
    """The loss of a training run is no longer a number, or far beyond that of guessing."""


class MissingExtra(KenaliError):
    """A feature needs packages that the base install leaves out."""

    def __init__(self, feature: str, extra: str, cause: ImportError) -> None:
        super().__init__(f'{feature} needs more packages ({cause}): run  pip install "kenali[{extra}]"')
        self._given = (feature, extra, cause)

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str, ImportError]]:
        return MissingExtra, self._given


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the known name nearest to `name`, or an empty string."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
