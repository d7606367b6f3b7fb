"""How many photos a worker takes on: beyond that it says so at once, and when to come back, instead of collapsing."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator

_MEMORY_S = 10.0  # the moving average forgets photos in about this time
_LEAST_S, _MOST_S = 1.0, 30.0


class Busy(Exception):
    """There is no room now; `retry_after_s` says when there should be."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"the server is busy; try again in {retry_after_s:.0f} s")
        self.retry_after_s = retry_after_s


class Room:
    """Room for `capacity` photos, of one event loop.

    A request is let in while any room is left, however many photos it brings: else large requests would never find enough. So
    at most `capacity` less one photos and one request's are inside.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.inside = 0
        self._rate = 0.0
        self._seen = time.monotonic()

    def check(self) -> None:
        """Raises Busy where the next request would be turned away; to be asked before a body is read."""
        if self.inside >= self.capacity:
            raise Busy(self.retry_after_s)

    @contextlib.contextmanager
    def enter(self, photos: int) -> Iterator[None]:
        """Be inside with so many photos for the length of the block. Raises Busy when there is no room."""
        self.check()
        self.inside += photos
        try:
            yield
            self._count(photos)
        finally:
            self.inside -= photos

    @property
    def throughput(self) -> float:
        """Photos answered a second, a moving average over about ten seconds."""
        return self._rate * math.exp(-(time.monotonic() - self._seen) / _MEMORY_S)

    @property
    def retry_after_s(self) -> float:
        """How long the photos inside will take at the present pace, 1 to 30 seconds."""
        pace = self.throughput
        return min(_MOST_S, max(_LEAST_S, math.ceil(self.inside / pace) if pace > 0 else _LEAST_S))

    def _count(self, photos: int) -> None:
        now = time.monotonic()
        self._rate = self._rate * math.exp(-(now - self._seen) / _MEMORY_S) + photos / _MEMORY_S
        self._seen = now
