"""Several services as processes of one supervisor: what dies is started again, and nothing outlives it."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Any

from kenali.errors import KenaliError
from kenali.stream.stopping import stop_this_process

_LOOK_S = 0.2
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.5, 10.0
_SOUND_S = 10.0  # who lived so long is started again at once
_PATIENCE_S = 5.0
REFUSED = 3
"""How a process ends that could not do its work, and has said why on stderr."""

_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Service:
    """A process to keep up: `run(*arguments)`, a function of some module. One that is `finite` may end well, and stays so."""

    name: str
    run: Callable[..., None]
    arguments: tuple[Any, ...] = ()
    finite: bool = False


@dataclass(slots=True)
class _Post:
    service: Service
    process: SpawnProcess | None = None
    started: float = 0.0
    start_at: float = 0.0
    delay_s: float = 0.0
    sound: bool = False
    ended: bool = False


class Together:
    """Services that are kept up. `look`, called again and again, sees to them; `close` ends them all."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._posts: list[_Post] = []

    def add(self, service: Service) -> None:
        """One more to keep up, from the next look on."""
        self._posts.append(_Post(service))

    def look(self, wait_s: float = 0.0) -> None:
        """Start whom it is time for, and see who has ended, waiting so long for one that does.

        Raises KenaliError when one could not even begin; it has said why.
        """
        now = time.monotonic()
        for post in self._posts:
            if post.process is None and not post.ended and now >= post.start_at:
                self._start(post)
            post.sound = post.sound or (post.process is not None and now - post.started > _SOUND_S)
        wait([post.process.sentinel for post in self._posts if post.process], timeout=wait_s)
        for post in self._posts:
            if post.process and not post.process.is_alive():
                self._bury(post, post.process)

    def has_ended(self, name: str) -> bool:
        """Whether the finite service of this name has ended well."""
        return any(post.ended for post in self._posts if post.service.name == name)

    @property
    def pids(self) -> dict[str, int]:
        """The processes at present, by the names of their services."""
        return {post.service.name: post.process.pid or 0 for post in self._posts if post.process}

    def close(self) -> None:
        """Ask all to end, and kill those that do not."""
        deadline = time.monotonic() + _PATIENCE_S
        processes = [post.process for post in self._posts if post.process]
        for process in processes:
            process.terminate()
        while left := [process for process in processes if process.is_alive()]:
            if time.monotonic() > deadline:
                for process in left:
                    process.kill()
            wait([process.sentinel for process in left], timeout=_LOOK_S)

    def _start(self, post: _Post) -> None:
        post.started = time.monotonic()
        post.process = _spawn.Process(target=_live, args=(post.service.run, post.service.arguments), name=post.service.name)
        post.process.start()

    def _bury(self, post: _Post, process: SpawnProcess) -> None:
        process.join()
        post.process = None
        if process.exitcode == 0 and post.service.finite:
            post.ended = True
            return
        if process.exitcode == REFUSED and not post.sound:
            raise KenaliError(f"the {post.service.name} cannot do its work, so everything ends")
        lived = time.monotonic() - post.started
        post.delay_s = 0.0 if lived > _SOUND_S else min(_LONGEST_DELAY_S, 2 * post.delay_s or _FIRST_DELAY_S)
        post.start_at = time.monotonic() + post.delay_s
        self._warn(f"the {post.service.name} ended ({_how(process)}) and is started again")


def _live(run: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """A process's whole life. What Kenali foresees ends it with a sentence and a code of its own."""
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_outlive, args=(parent.sentinel,), daemon=True, name="parent").start()
    try:
        run(*arguments)
    except KenaliError as error:
        print(f"kenali: {error}", file=sys.stderr, flush=True)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit(0)


def _outlive(sentinel: int) -> None:
    wait([sentinel])
    stop_this_process()


def _how(process: SpawnProcess) -> str:
    code = process.exitcode or 0
    return f"signal {-code}" if code < 0 else f"exit code {code}"
