"""One web worker: a process with an event loop, its own models and decoders, that shares the server's socket with others."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import math
import multiprocessing
import shutil
import signal
import socket
import sys
import time

import uvicorn
from fastapi import FastAPI

from kenali.allocator import keep_large_buffers
from kenali.errors import KenaliError
from kenali.files import write_atomically
from kenali.serve.app import create_app
from kenali.serve.decode_worker import KEPT_BYTES
from kenali.serve.line import FAILED_TO_START, WHY_NOT, Line
from kenali.serve.protocol import GuardedProtocol
from kenali.serve.pulse import Pulse
from kenali.serve.registry import Registry
from kenali.serve.security.certificate import CIPHERS, Renewal
from kenali.serve.settings import Settings

_CALL_S = 0.02  # how often a spare looks whether it is called
_LAST_CALLS_S = 0.3  # after the signal to stop: connections that wait in the socket's queue are still taken in
KEEP_ALIVE_S = 20
_BACKLOG = 2048
_COLLECT_AFTER = (20_000, 20, 20)  # objects more than were freed, then so many collections of each younger generation


def work(settings: Settings, slot: int, line: Line, listening: socket.socket) -> None:
    """The life of worker number `slot`; ends the process with `FAILED_TO_START` where it cannot load the models."""
    log_to_stderr()
    keep_large_buffers(KEPT_BYTES)
    for name in (signal.SIGINT, signal.SIGTERM):  # uvicorn heeds them while it serves, and raises them once more at its end
        signal.signal(name, lambda *_: None)
    _allow_many_connections()
    app = create_app(settings, draining=lambda: server.should_exit)
    server = _Server(_configuration(app, settings), settings, app.state.registry, slot, line)
    try:
        server.run(sockets=[listening])
    except KenaliError as error:
        assert settings.run is not None
        write_atomically(settings.run / WHY_NOT, str(error))
        sys.exit(FAILED_TO_START)
    finally:
        if settings.run is not None and _orphaned():
            shutil.rmtree(
                settings.run, ignore_errors=True
            )  # the supervisor was killed and cannot; the last worker's call counts


class _Server(uvicorn.Server):
    """uvicorn's server, which also loads the models, shows that it lives, and heeds its supervisor."""

    def __init__(self, config: uvicorn.Config, settings: Settings, registry: Registry, slot: int, line: Line) -> None:
        super().__init__(config)
        self._registry = registry
        self._tls = settings.tls
        self._renewal: Renewal | None = None
        self._slot = slot
        self._line = line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load everything; a spare then waits, ready, until it is called to take the place of another."""
        await self._registry.start()
        rarely_collect()
        while not self._line.called[self._slot] and not self._told():
            await asyncio.sleep(_CALL_S)
        self._pulse = Pulse(self._registry)
        self._pulse.beat()
        if self.config.ssl and self._tls:
            self._renewal = Renewal(self.config.ssl, *self._tls)
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        """uvicorn asks ten times a second whether to go on."""
        self._told()
        if counter % 10 == 0:
            self._pulse.beat()
            if self._renewal:
                self._renewal.look()
        return await super().on_tick(counter)

    def _told(self) -> bool:
        """Whether to end, by a signal, by the supervisor, or because that has gone; shows too that the event loop turns."""
        self._line.beats[self._slot] = time.monotonic()
        if self._line.stopping.value or _orphaned():
            self.should_exit = True
        return self.should_exit

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what has come and what waits in the socket's queue, then end."""
        await asyncio.sleep(_LAST_CALLS_S)
        await super().shutdown(sockets)


def rarely_collect() -> None:
    """Have Python's garbage collector pass over what was loaded, which stays, and look at the rest less often.

    Under load a third of the event loop's time went into walking through modules and models anew, and all threads waited.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def _orphaned() -> bool:
    supervisor = multiprocessing.parent_process()
    return supervisor is not None and not supervisor.is_alive()


def _configuration(app: FastAPI, settings: Settings) -> uvicorn.Config:
    certificate, key = settings.tls or (None, None)
    return uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # what a client says of its address is not believed
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=math.ceil(settings.drain_s),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        ssl_ciphers=CIPHERS,
    )


def log_to_stderr() -> None:
    """Warnings and errors, a line each, with the time; requests are the audit log's matter."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # its warnings are about what clients do


def _allow_many_connections() -> None:
    """As many open sockets as the system allows this user, where it counts them."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
