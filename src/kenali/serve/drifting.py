"""Drift of what a worker's server answers, computed once a minute at most."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from kenali.bundle.store import open_bundle
from kenali.evaluation.drift_page import drift_page, headline, how, sentences
from kenali.evaluation.drift_run import drift_of_observed
from kenali.evaluation.drift_values import DriftResult
from kenali.evaluation.words import Words
from kenali.serve.observations import OBSERVED

_FRESH_S = 60.0
_REMEMBERED = 32


class Drifting:
    """Comparisons by model, version and days; one is computed at a time, in a thread."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._lock = asyncio.Lock()
        self._known: dict[tuple[str, str, float], tuple[float, DriftResult]] = {}

    async def of(self, bundle: Path, bundle_id: str, name: str, days: float) -> DriftResult:
        """What has changed in the last `days`. Raises KenaliError where too few photos were noted."""
        key = name, bundle_id, days
        async with self._lock:
            then, result = self._known.get(key, (0.0, None))
            if result is None or time.monotonic() - then > _FRESH_S:
                result = await asyncio.to_thread(self._computed, bundle, name, days)
                self._known[key] = time.monotonic(), result
                while len(self._known) > _REMEMBERED:
                    self._known.pop(next(iter(self._known)))
        return result

    def _computed(self, bundle: Path, name: str, days: float) -> DriftResult:
        folder = self._state / OBSERVED / name
        folder.mkdir(parents=True, exist_ok=True)
        return drift_of_observed(open_bundle(bundle), folder, days=days)

    def told(self, result: DriftResult, language: str) -> dict[str, Any]:
        """The figures, and in words what they say."""
        words = Words(language)
        said = [*sentences(result, words), *how(result, words)]
        return result.as_json() | {"headline": headline(result.drift, words), "sentences": said}

    def page(self, result: DriftResult, language: str) -> str:
        """The page of `kenali drift`. Raises MissingExtra without Jinja."""
        return drift_page(result, Words(language))
