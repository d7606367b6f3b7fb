"""The process behind `kenali serve`: it owns the socket, starts the workers, replaces those that die or hang, ends them all.

It loads no model and no web framework, so that nothing that a request can do reaches it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from kenali.errors import KenaliError
from kenali.serve.line import WHY_NOT, Line
from kenali.serve.settings import Settings

_LOOK_S = 0.2  # how often signals and heartbeats are looked at; a death is seen at once
_HUNG_S = 20.0
_STARTUP_S = 120.0
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.5, 10.0
_SPARE_S = 5.0  # beyond the time to drain, before a worker is killed
_BACKLOG = 2048

_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Serving:
    """The server is up: its address, the process that ends it when told to, and how many workers it has."""

    url: str
    pid: int
    workers: int


def run(settings: Settings, ready: Callable[[Serving], None], warn: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, then let the requests at hand end; a second signal ends them too.

    `ready` is called once, when all workers answer; `warn` takes a sentence for each that had to be replaced. Raises
    KenaliError when the address is taken or the models cannot be loaded.
    """
    with _told_to_stop() as told, _run_folder() as folder, _listening(settings) as listening:
        settings = replace(settings, port=listening.getsockname()[1], run=folder)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder / "metrics")
        crew = Crew(settings, listening, warn)
        try:
            while not told and not crew.look():
                pass
            if not told:
                ready(Serving(_url(settings), os.getpid(), settings.workers))
            while not told:
                crew.look()
        finally:
            listening.close()
            crew.stop(lambda: len(told) > 1)


class Crew:
    """The workers. `look` from time to time starts and replaces them; `stop` ends them."""

    def __init__(self, settings: Settings, listening: socket.socket, warn: Callable[[str], None]) -> None:
        self._settings = settings
        self._listening = listening
        self._warn = warn
        self._line = Line.between(_spawn, settings.workers)
        self._posts = [_Post() for _ in range(settings.workers)]
        self._complete = False

    def look(self) -> bool:
        """Wait a moment or until a worker ends, and see to it that there are enough; whether all have served together.

        Raises KenaliError when one ends before that.
        """
        wait([post.process.sentinel for post in self._posts if post.process], timeout=_LOOK_S if self._begun else 0)
        now = time.monotonic()
        for slot, post in enumerate(self._posts):
            beat: float = self._line.beats[slot]
            if post.process is None:
                if now >= post.start_at:
                    self._start(slot, post)
            elif not post.process.is_alive():
                self._replace(slot, post)
            elif now - max(beat, post.started) > (_HUNG_S if beat else _STARTUP_S):
                self._warn(f"worker {post.process.pid} hangs and is ended")
                post.process.kill()
        self._complete = self._complete or all(self._line.beats)
        return self._complete

    def stop(self, at_once: Callable[[], bool]) -> None:
        """Let every worker end what it does; kill those that do not end in time, or all as soon as `at_once` says so."""
        self._line.stopping.value = True
        deadline = time.monotonic() + self._settings.drain_s + _SPARE_S
        left = [post.process for post in self._posts if post.process]
        while left := [process for process in left if process.is_alive()]:
            if at_once() or time.monotonic() > deadline:
                for process in left:
                    process.kill()
            wait([process.sentinel for process in left], timeout=_LOOK_S)

    @property
    def _begun(self) -> bool:
        return any(post.process for post in self._posts)

    def _start(self, slot: int, post: _Post) -> None:
        self._line.beats[slot] = 0.0
        post.started = time.monotonic()
        post.process = _spawn.Process(
            target=_work, args=(self._settings, slot, self._line, self._listening), name=f"kenali-worker-{slot}"
        )
        post.process.start()

    def _replace(self, slot: int, post: _Post) -> None:
        """At once where it had served, else after ever longer pauses: what stopped it may last."""
        assert post.process is not None
        process, post.process = post.process, None
        process.join()
        if not self._complete:
            raise KenaliError(self._why_not(process))
        if self._line.beats[slot]:
            post.delay_s = 0.0
        else:
            post.delay_s = min(_LONGEST_DELAY_S, 2 * post.delay_s or _FIRST_DELAY_S)
        post.start_at = time.monotonic() + post.delay_s
        self._warn(f"worker {process.pid} ended ({_how(process)}); another takes its place")

    def _why_not(self, process: SpawnProcess) -> str:
        assert self._settings.run is not None
        told = self._settings.run / WHY_NOT
        if told.is_file():
            return told.read_text(encoding="utf-8")
        return f"a worker ended before it could serve ({_how(process)}); what it wrote above may say why"


@dataclass(slots=True)
class _Post:
    """A place that a worker fills."""

    process: SpawnProcess | None = None
    started: float = 0.0
    start_at: float = 0.0
    delay_s: float = 0.0


def _work(settings: Settings, slot: int, line: Line, listening: socket.socket) -> None:
    """What a worker's process runs: the heavy modules are imported there."""
    from kenali.serve.worker import work

    work(settings, slot, line, listening)


def _how(process: SpawnProcess) -> str:
    code = process.exitcode or 0
    return f"signal {-code}" if code < 0 else f"exit code {code}"


@contextlib.contextmanager
def _told_to_stop() -> Iterator[list[int]]:
    """The signals to stop that have come, in a list that grows."""
    told: list[int] = []
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    earlier = {number: signal.signal(number, lambda number, _: told.append(number)) for number in known}
    try:
        yield told
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _run_folder() -> Iterator[Path]:
    """A private folder that goes with the server."""
    folder = Path(tempfile.mkdtemp(prefix="kenali-serve-"))
    try:
        for name in ("metrics", "workers"):
            (folder / name).mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _listening(settings: Settings) -> socket.socket:
    """The server's socket, which accepts connections from here on: they wait until a worker takes them."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise KenaliError(f"there is no address {settings.host!r} to serve at ({error.strerror or error})") from None
    try:
        if sys.platform == "win32":  # there SO_REUSEADDR would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        why = error.strerror or error
        raise KenaliError(f"cannot serve at {settings.host} port {settings.port} ({why}); choose another by --port") from None
    return listening


def _url(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls else 'http'}://{host}:{settings.port}"
