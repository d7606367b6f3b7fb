"""Capturing in a thread of its own, at a pace, reopening what broke; and the place where what was captured waits to be sent."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from kenali.stream.sources import Interrupted, Shot, Source
from kenali.stream.values import Policy

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 10.0


@dataclass(frozen=True, slots=True)
class Captured:
    """A shot, its number within the session, and when it was taken (nanoseconds since 1970)."""

    sequence: int
    captured_ns: int
    shot: Shot


class Waiting:
    """Where captured shots wait for the link: the newest alone or, by the policy `all`, two, and the camera waits for room.

    `put` is for one thread and `take` for another, which `bell`, a socket that becomes readable, calls.
    """

    def __init__(self, policy: Policy) -> None:
        self.captured = self.skipped = self.dropped = 0
        self.bell, self._button = socket.socketpair()
        for end in (self.bell, self._button):
            end.setblocking(False)
        self._policy = policy
        self._shots: deque[Captured] = deque()
        self._changed = threading.Condition()
        self.ended = False

    def put(self, captured_ns: int, shot: Shot) -> None:
        """Let a shot wait, perhaps in the place of an older one."""
        with self._changed:
            sequence = self.captured
            self.captured += 1
            if not self._policy.takes(sequence):
                self.skipped += 1
                return
            if self._policy.kind == "all":
                self._changed.wait_for(lambda: len(self._shots) < 2 or self.ended)
            elif self._shots:
                self._shots.clear()
                self.dropped += 1
            self._shots.append(Captured(sequence, captured_ns, shot))
        self._ring()

    def take(self) -> Captured | None:
        """The oldest that waits, None where none does."""
        with self._changed:
            self._changed.notify()
            return self._shots.popleft() if self._shots else None

    def end(self) -> None:
        """No more will come; nobody need wait for room."""
        with self._changed:
            self.ended = True
            self._changed.notify()
        self._ring()

    def answer_bell(self) -> None:
        """Make the bell silent again."""
        with contextlib.suppress(BlockingIOError):
            while self.bell.recv(4096):
                pass

    def close(self) -> None:
        """What waits is dropped."""
        while self.take():
            self.dropped += 1
        self.bell.close()
        self._button.close()

    def __len__(self) -> int:
        return len(self._shots)

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # it rings already, or nobody is there any more
            self._button.send(b".")


class Capture(threading.Thread):
    """Puts the shots of a source where they wait, `fps` a second at most, and `most` at most, until it is stopped or they end.

    A live source that breaks is opened again, after pauses that grow to ten seconds; `tell` hears why. What ends another
    source early is its `failure`.
    """

    def __init__(
        self,
        source: Source,
        waiting: Waiting,
        tell: Callable[[str], None],
        *,
        side: int | None = None,
        fps: float | None = None,
        most: int | None = None,
    ) -> None:
        super().__init__(name="capture", daemon=True)
        self.failure: Exception | None = None
        self.interruptions = 0
        self._source = source
        self._waiting = waiting
        self._tell = tell
        self._side = side
        self._apart_s = 1 / fps if fps else 0.0
        self._most = most
        self._stopped = threading.Event()
        self._due = 0.0

    def stop(self) -> None:
        """Ask it to end; one that is held up by a camera ends with the process."""
        self._stopped.set()
        self._waiting.end()

    def run(self) -> None:
        try:
            self._capture()
        except Exception as error:  # raised again by the thread that waits for this one
            self.failure = error
        finally:
            self._waiting.end()

    def _capture(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._done:
            before = self._waiting.captured
            try:
                self._through()
                why = f"{self._source.name} ended"
            except Interrupted as error:
                if not self._source.live:
                    raise
                why = str(error)
            if not self._source.live or self._done:
                return
            pause_s = _FIRST_PAUSE_S if self._waiting.captured > before else pause_s
            self.interruptions += 1
            self._tell(f"{why}; trying again in {pause_s:g} s")
            self._stopped.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _through(self) -> None:
        """Once through the source."""
        for shot in self._source.shots(self._side):
            if self._source.live and time.monotonic() < self._due:
                continue
            while not self._stopped.is_set() and (early := self._due - time.monotonic()) > 0:
                self._stopped.wait(early)
            if self._done:
                return
            self._due = max(self._due + self._apart_s, time.monotonic())
            self._waiting.put(time.time_ns(), shot)
            if self._done:
                return

    @property
    def _done(self) -> bool:
        return self._stopped.is_set() or (self._most is not None and self._waiting.captured >= self._most)
