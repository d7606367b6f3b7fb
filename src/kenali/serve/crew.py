"""The workers of a server: started, watched, replaced when they die or hang, ended."""

from __future__ import annotations

import multiprocessing
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

from kenali.errors import KenaliError
from kenali.serve.line import WHY_NOT, Line
from kenali.serve.settings import Settings

_LOOK_S = 0.2  # how often heartbeats are looked at; a death is seen at once
_HUNG_S = 20.0
_STARTUP_S = 120.0
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.5, 10.0
_PATIENCE_S = 5.0  # beyond the time to drain, before a worker is killed

_spawn = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class _Post:
    """A place for a worker."""

    slot: int
    process: SpawnProcess | None = None
    started: float = 0.0
    start_at: float = 0.0
    delay_s: float = 0.0


class Crew:
    """As many workers as the settings want, and a spare one that has everything loaded and takes the place of the next to die.

    `look`, called again and again, starts and replaces them; `stop` ends them.
    """

    def __init__(self, settings: Settings, listening: socket.socket, warn: Callable[[str], None]) -> None:
        self._settings = settings
        self._listening = listening
        self._warn = warn
        self._posts = [_Post(slot) for slot in range(settings.workers + settings.spare)]
        self._line = Line.between(_spawn, len(self._posts))
        self._complete = False
        from kenali.serve import metrics  # not above: it heeds PROMETHEUS_MULTIPROC_DIR, which is set by now

        self._count_death = metrics.worker_died

    def look(self) -> bool:
        """See to it that there are enough, then wait a moment or until one ends; whether all have ever served together.

        Raises KenaliError when one ends before that.
        """
        for post in self._posts:
            self._see_to(post)
        self._call()
        wait([post.process.sentinel for post in self._posts if post.process], timeout=_LOOK_S)
        serving = sum(bool(called and beat) for called, beat in zip(self._line.called, self._line.beats, strict=True))
        self._complete = self._complete or serving == self._settings.workers
        return self._complete

    def stop(self, at_once: Callable[[], bool]) -> None:
        """Let every worker end what it does; kill those that do not end in time, or all as soon as `at_once` says so."""
        self._line.stopping.value = True
        deadline = time.monotonic() + self._settings.drain_s + _PATIENCE_S
        left = [post.process for post in self._posts if post.process]
        while left := [process for process in left if process.is_alive()]:
            if at_once() or time.monotonic() > deadline:
                for process in left:
                    process.kill()
            wait([process.sentinel for process in left], timeout=_LOOK_S)

    def _see_to(self, post: _Post) -> None:
        now, beat = time.monotonic(), self._line.beats[post.slot]
        if post.process is None:
            if now >= post.start_at and (self._complete or post.slot < self._settings.workers):  # the spare comes last
                self._start(post)
        elif not post.process.is_alive():
            self._bury(post, post.process)
        elif now - max(beat, post.started) > (_HUNG_S if beat else _STARTUP_S):
            self._warn(f"worker {post.process.pid} hangs and is ended")
            post.process.kill()

    def _start(self, post: _Post) -> None:
        post.started = time.monotonic()
        post.process = _spawn.Process(target=_work, args=(self._settings, post.slot, self._line, self._listening))
        post.process.start()

    def _bury(self, post: _Post, process: SpawnProcess) -> None:
        """Leave the post to another: at once where this one could serve, else after ever longer pauses: causes may last."""
        process.join()
        if not self._complete:
            raise KenaliError(self._why_not(process))
        post.process = None
        post.delay_s = 0.0 if self._line.beats[post.slot] else min(_LONGEST_DELAY_S, 2 * post.delay_s or _FIRST_DELAY_S)
        post.start_at = time.monotonic() + post.delay_s
        self._line.beats[post.slot], self._line.called[post.slot] = 0.0, False
        self._warn(f"worker {process.pid} ended ({_how(process)}); another takes its place")
        if not post.delay_s:
            self._start(post)
        self._count_death(process.pid or 0)

    def _call(self) -> None:
        """Call as many workers as are missing, those first that could serve at once."""
        waiting = [post for post in self._posts if post.process and not self._line.called[post.slot]]
        missing = self._settings.workers - sum(self._line.called)
        for post in sorted(waiting, key=lambda post: not self._line.beats[post.slot])[:missing]:
            self._line.called[post.slot] = True

    def _why_not(self, process: SpawnProcess) -> str:
        assert self._settings.run is not None
        told = self._settings.run / WHY_NOT
        if told.is_file():
            return told.read_text(encoding="utf-8")
        return f"a worker ended before it could serve ({_how(process)}); what it wrote above may say why"


def _work(settings: Settings, slot: int, line: Line, listening: socket.socket) -> None:
    """What a worker's process runs: the heavy modules are imported there."""
    from kenali.serve.worker import work

    work(settings, slot, line, listening)


def _how(process: SpawnProcess) -> str:
    code = process.exitcode or 0
    return f"signal {-code}" if code < 0 else f"exit code {code}"
