"""Keeps the event log up to date, also through times in which the database cannot be written to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from kenali.errors import KenaliError
from kenali.stream.appearances import Appearance, Change
from kenali.stream.events.store import EventStore

_EVERY_S = 2.0  # how often appearances that last are brought up to date, and a database that refuses is tried again
_MOST_PENDING = 10_000
_MOST_RESUMED = 1000


class Recorder:
    """Writes changes: a beginning and an end at once, what lasts every two seconds. One that cannot be written now waits."""

    def __init__(self, store: EventStore, warn: Callable[[str], None]) -> None:
        self.lost = 0
        self._store = store
        self._warn = warn
        self._pending: dict[str, Appearance] = {}
        self._written = float("-inf")
        self._refused = False

    def earlier(self, source: str, since_ns: int) -> tuple[Appearance, ...]:
        """What the log holds of a camera since then, to go on with; nothing where it cannot be read now."""
        try:
            return tuple(self._store.recent(source=source, since_ns=since_ns, limit=_MOST_RESUMED))
        except KenaliError as error:
            self._warn(f"earlier events of {source} cannot be gone on with: {error}")
            return ()

    def prune(self, before_ns: int) -> None:
        """Erase what was last seen before then; another time, where that cannot be done now."""
        try:
            self._store.prune(before_ns)
        except KenaliError as error:
            self._warn(f"old events could not be erased and will be in an hour: {error}")

    def take(self, changes: Iterable[Change]) -> None:
        """Takes what has changed, in its order."""
        hurry = False
        for change in changes:
            if change.appearance.id not in self._pending and len(self._pending) >= _MOST_PENDING:
                self.lost += 1
                continue
            self._pending[change.appearance.id] = change.appearance
            hurry = hurry or change.kind != "on"
        if self._pending and (time.monotonic() - self._written >= _EVERY_S or (hurry and not self._refused)):
            self.flush()

    def flush(self) -> None:
        """Write what waits, if the database lets itself be written to."""
        self._written = time.monotonic()
        try:
            self._store.save(self._pending.values())
        except KenaliError as error:
            if not self._refused:
                self._warn(f"events wait, {_MOST_PENDING:,} at most: {error}")
            self._refused = True
            return
        if self._refused:
            self._warn("events are written again")
        self._refused = False
        self._pending.clear()
