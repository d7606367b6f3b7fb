"""Which workers live and what each serves: one small file a worker in the run folder."""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from kenali.files import write_atomically

STALE_S = 5.0
"""A worker that has said nothing for so long is gone."""


@dataclass(frozen=True, slots=True)
class Presence:
    """What one worker says of itself: the bundle id of each model it serves, and why others are not served."""

    pid: int
    started: float
    models: dict[str, str]
    problems: dict[str, str]


class Roster:
    """The folder `workers` of a run."""

    def __init__(self, run: Path) -> None:
        self._folder = run / "workers"
        self._own = self._folder / f"{os.getpid()}.json"
        self._started = time.time()
        self._said: Presence | None = None

    def report(self, models: dict[str, str], problems: dict[str, str]) -> None:
        """Say what this worker serves; saying the same again only shows that it lives."""
        presence = Presence(os.getpid(), self._started, models, problems)
        if presence == self._said and self._own.exists():
            self.alive()
        else:
            write_atomically(self._own, json.dumps(asdict(presence)))
            self._said = presence

    def alive(self) -> None:
        """Show that this worker lives, whatever keeps it from reporting: loading a large network takes a while."""
        with contextlib.suppress(OSError):
            os.utime(self._own)

    def leave(self) -> None:
        self._own.unlink(missing_ok=True)

    def living(self) -> list[Presence]:
        """Every worker that spoke within the last seconds."""
        found = []
        for file in sorted(self._folder.glob("*.json")):
            with contextlib.suppress(OSError, ValueError, TypeError):
                if time.time() - file.stat().st_mtime < STALE_S:
                    found.append(Presence(**json.loads(file.read_text(encoding="utf-8"))))
        return found
