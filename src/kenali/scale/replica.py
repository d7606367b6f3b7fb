"""What each replica runs: the same application as a worker of `kenali serve`, with one core."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kenali
from kenali.errors import KenaliError
from kenali.parallel import cores
from kenali.scale.cluster import require_same_version
from kenali.scale.commons import BEAT_S, Member

if TYPE_CHECKING:
    from fastapi import FastAPI

    from kenali.serve.settings import Settings

APPLICATION = "kenali"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Orders:
    """What a replica is told: `run` names the folder that the replicas of a node share, `secret` signs sessions, and `marker`
    is a file in the state folder by which a node shows that it sees the same one.
    """

    settings: Settings
    commons: Any
    run: str
    secret: bytes
    marker: Path
    version: str = kenali.__version__


def builder(orders: Orders) -> Callable[[], FastAPI]:
    """What Ray Serve calls in the replica's process for the application."""

    def build() -> FastAPI:
        return _build(orders)

    return build


def _build(orders: Orders) -> FastAPI:
    import ray

    try:
        require_same_version(orders.version)
        if not orders.marker.is_file():
            raise KenaliError(
                f"a node cannot see {orders.settings.state}: --state and bundles belong in folders that all nodes share"
            )
        node = ray.get_runtime_context().get_node_id()[:8]
        run = _run_folder(orders, node)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(run / "metrics")
        member = Member(orders.commons, node, run)
        return _application(replace(orders.settings, run=run, workers=cores()), orders, member)  # so: one core each
    except KenaliError as error:
        orders.commons.cannot_start.remote(str(error))
        raise


def _application(settings: Settings, orders: Orders, member: Member) -> FastAPI:
    """The application, which shows every second that it lives, and tells why it cannot start."""
    from kenali.allocator import keep_large_buffers
    from kenali.serve.app import create_app  # not above: what counts heeds PROMETHEUS_MULTIPROC_DIR
    from kenali.serve.decode_worker import KEPT_BYTES
    from kenali.serve.pulse import Pulse
    from kenali.serve.worker import rarely_collect

    keep_large_buffers(KEPT_BYTES)
    app = create_app(settings, shared=member.shared())
    inner = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        try:
            async with inner(app) as state:
                rarely_collect()
                pulse = Pulse(app.state.registry)
                beating = asyncio.create_task(_beat(pulse, member), name="kenali-beat")
                try:
                    yield state
                finally:
                    beating.cancel()
        except KenaliError as error:
            orders.commons.cannot_start.remote(str(error))
            raise

    app.router.lifespan_context = lifespan
    return app


async def _beat(pulse: Any, member: Member) -> None:
    """Once a second. Where the command that serves was killed, its actor is gone for good, and so then is this application."""
    from ray import serve
    from ray.exceptions import ActorDiedError, RayError

    while True:
        pulse.beat()
        try:
            await asyncio.to_thread(member.beat)
        except ActorDiedError:
            log.warning("the command that serves is gone: its application ends")
            await asyncio.to_thread(serve.delete, APPLICATION, _blocking=False)
            return
        except (RayError, OSError):
            log.exception("counting together failed; it is tried again")
        await asyncio.sleep(BEAT_S)


def _run_folder(orders: Orders, node: str) -> Path:
    """The folder that the replicas of this node share, as the workers of one server do; private, and made by the first.

    Its own name is the same on all nodes, as the catalogue of bundles wants it.
    """
    home = Path(tempfile.gettempdir()) / f"{orders.run}-{node}"
    with contextlib.suppress(FileExistsError):
        home.mkdir(mode=0o700)
    if hasattr(os, "getuid") and home.stat().st_uid != os.getuid():
        raise KenaliError(f"{home} belongs to somebody else")
    run = home / orders.run
    for name in ("metrics", "workers"):
        (run / name).mkdir(parents=True, exist_ok=True)
    from kenali.files import write_atomically

    write_atomically(run / "sessions.secret", orders.secret, private=True)
    return run
