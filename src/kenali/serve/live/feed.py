"""One viewer's messages: of each camera only the newest frame waits.

So a slow viewer skips frames, and nothing piles up.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque

from kenali.serve.live.told import Message

_MOST_EVENTS = 200
_MOST_SOURCES = 256


class Feed:
    """Filled by the thread that reads the hub, emptied by the event loop that it was made in."""

    def __init__(self, source: str | None = None, *, names: bool = True) -> None:
        """With a `source`, that camera's frames and appearances alone; with `names`, those of enrolled people too."""
        self.skipped = 0
        self._names = names
        self.source = source
        self._lock = threading.Lock()
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._frames: dict[str, bytes] = {}
        self._counts: bytes | None = None
        self._events: deque[bytes] = deque(maxlen=_MOST_EVENTS)

    def frame(self, source: str, message: Message) -> None:
        """A newer frame takes the place of one that was not fetched."""
        if self.source not in (None, source):
            return
        with self._lock:
            if source in self._frames:
                self.skipped += 1
            elif len(self._frames) >= _MOST_SOURCES:
                return
            self._frames[source] = message.told(names=self._names)
        self._wake()

    def event(self, source: str, message: Message) -> None:
        """The oldest of too many are left out; `GET .../events` has them."""
        if self.source not in (None, source):
            return
        with self._lock:
            self._events.append(message.told(names=self._names))
        self._wake()

    def counts(self, message: Message) -> None:
        with self._lock:
            self._counts = message.told(names=self._names)
        self._wake()

    async def fetch(self, timeout_s: float) -> bytes:
        """All that waits, or what comes within the time; nothing where nothing does."""
        try:
            await asyncio.wait_for(self._woken.wait(), timeout_s)
        except TimeoutError:
            return b""
        self._woken.clear()
        with self._lock:
            found = [*self._events, *self._frames.values(), *([self._counts] if self._counts else [])]
            self._events.clear()
            self._frames.clear()
            self._counts = None
        return b"".join(found)

    def _wake(self) -> None:
        if not self._woken.is_set():
            self._loop.call_soon_threadsafe(self._woken.set)
