"""The process behind `kenali serve`: it owns the socket and the run folder, hears the signals, and looks after the workers.

It loads no model and no web framework, so that nothing that a request can do reaches it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kenali.errors import KenaliError
from kenali.serve.crew import Crew
from kenali.serve.settings import Settings

_BACKLOG = 2048


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
    with told_to_stop() as told, run_folder() as folder, listen(settings) as listening:
        settings = replace(settings, port=listening.getsockname()[1], run=folder)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder / "metrics")
        crew = Crew(settings, listening, warn)
        try:
            while not told and not crew.look():
                pass
            if not told:
                ready(Serving(url_of(settings), os.getpid(), settings.workers))
            while not told:
                crew.look()
        finally:
            listening.close()
            crew.stop(lambda: len(told) > 1)


@contextlib.contextmanager
def told_to_stop() -> Iterator[list[int]]:
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
def run_folder() -> Iterator[Path]:
    """A private folder that goes with the server."""
    folder = Path(tempfile.mkdtemp(prefix="kenali-serve-"))
    try:
        for name in ("metrics", "workers"):
            (folder / name).mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def listen(settings: Settings) -> socket.socket:
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


def url_of(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls else 'http'}://{host}:{settings.port}"
