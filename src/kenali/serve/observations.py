"""What is noted of a server's answers, without pixels: for `kenali drift`, and to compare the sides of an A/B split."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from kenali.appearance import Appearance
from kenali.files import write_atomically
from kenali.serve.journal import Journal

OBSERVED = "observed"
TALLIES = "tallies"
"""Folders in the server's state: a journal for each model's answers, and each worker's counts."""

_MOST_BYTES = 64 * 1024 * 1024
_MOST_WAITING = 2000
_MOST_TALLIES = 500
_FLUSH_S = 2.0
_LOOK_S = 0.2
_LOG = logging.getLogger("kenali.serve")


class Sampler:
    """Says which photos are worth measuring: `rate` a second at most, so that a busy server spends its time on answers."""

    def __init__(self, rate: float = 10.0) -> None:
        self._gap_s = 1 / rate
        self._next_s = 0.0

    def take(self) -> bool:
        now = time.monotonic()
        if now < self._next_s:
            return False
        self._next_s = max(self._next_s + self._gap_s, now - self._gap_s * 9)  # a short rush may use what was left over
        return True


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer. `asked` is the name in the request, a model's or a split's; `label` the likeliest class; `appearance` is
    None for photos that were not measured, which are counted alone.
    """

    asked: str
    model: str
    bundle: str
    label: str
    reason: str | None
    confidence: float
    novelty: float | None
    size_px: tuple[int, int]
    format: str
    appearance: Appearance | None


class Observer:
    """Notes answers in a thread of its own, below `state`. What it cannot keep up with, or the disk refuses, is left out."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._waiting: deque[Answered] = deque()
        self._closing = threading.Event()
        self._journals: dict[str, Journal] = {}
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        self._tally = state / TALLIES / f"{time.time_ns():x}-{os.getpid()}.json"
        self._complained = False
        self._thread = threading.Thread(target=self._work, name="kenali-observe", daemon=True)
        self._thread.start()

    def note(self, answered: Answered) -> None:
        """Costs a microsecond; never raises. The thread looks by itself: to wake it would cost the event loop far more."""
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(answered)

    def close(self) -> None:
        """Write what is waiting."""
        self._closing.set()
        self._thread.join(5)

    def _work(self) -> None:
        flushed, dirty, going = time.monotonic(), False, True
        while going:
            going = not self._closing.wait(_LOOK_S)
            while self._waiting:
                dirty = True
                answered = self._waiting.popleft()
                outcome = answered.reason or "known"
                self._counts[answered.asked, answered.model, answered.bundle, outcome] += 1
                if answered.appearance is not None:
                    self._write(answered)
            if dirty and (not going or time.monotonic() - flushed >= _FLUSH_S):
                self._flush()
                flushed, dirty = time.monotonic(), False

    def _write(self, answered: Answered) -> None:
        journal = self._journals.setdefault(answered.model, Journal(self._state / OBSERVED / answered.model, _MOST_BYTES))
        try:
            journal.append(observation(answered))
        except OSError as error:
            self._complain(error)

    def _flush(self) -> None:
        """Write this worker's counts."""
        rows = [[*key, n] for key, n in sorted(self._counts.items())]
        try:
            write_atomically(self._tally, json.dumps(rows) + "\n")
            for old in sorted(self._tally.parent.glob("*.json"))[:-_MOST_TALLIES]:
                old.unlink(missing_ok=True)
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            _LOG.warning("answers cannot be noted below %s: %s", self._state, error.strerror or error)
            self._complained = True


def observation(answered: Answered) -> dict[str, Any]:
    """The line that stands for a measured answer; `kenali.evaluation.observed` reads it."""
    height, width = answered.size_px
    assert answered.appearance is not None
    measures = {name: float(f"{value:.5g}") for name, value in asdict(answered.appearance).items()}
    return {
        "time": round(time.time(), 3),
        "asked": answered.asked,
        "model": answered.model,
        "bundle": answered.bundle,
        "label": answered.label,
        "reason": answered.reason,
        "confidence": round(answered.confidence, 6),
        "novelty": None if answered.novelty is None else round(answered.novelty, 6),
        **measures,
        "size": float(f"{sqrt(height * width):.8g}"),
        "shape": float(f"{width / height:.8g}"),
        "format": answered.format,
    }


@dataclass(frozen=True, slots=True)
class Tally:
    """How many photos a version of a model answered under a name, and how many of them it called unknown."""

    asked: str
    model: str
    bundle: str
    photos: int
    unknown: int


def read_tallies(state: Path) -> tuple[Tally, ...]:
    """The counts of all workers that ever wrote any, of this run and earlier ones; some seconds old."""
    counts: Counter[tuple[str, str, str]] = Counter()
    unknown: Counter[tuple[str, str, str]] = Counter()
    for file in (state / TALLIES).glob("*.json"):
        with contextlib.suppress(OSError, ValueError):
            for asked, model, bundle, outcome, n in json.loads(file.read_text(encoding="utf-8")):
                counts[asked, model, bundle] += n
                unknown[asked, model, bundle] += n if outcome != "known" else 0
    return tuple(Tally(*key, photos=n, unknown=unknown[key]) for key, n in sorted(counts.items()))
