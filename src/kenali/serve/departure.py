"""Clients who leave before their answer: what they asked for is dropped, so that a busy server works for those who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

T = TypeVar("T")


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when the client of the request goes away.

    To be called once the request's body has been read. Raises ClientDisconnect where the client went, as reading the body does.
    """
    task = asyncio.current_task()
    assert task is not None
    waiting = True

    def stop(gone: asyncio.Task[None]) -> None:
        if waiting and not gone.cancelled():
            task.cancel()

    leaving = asyncio.ensure_future(_left(receive))
    leaving.add_done_callback(stop)
    try:
        return await work
    except asyncio.CancelledError:
        if not leaving.done() or leaving.cancelled():
            raise
        task.uncancel()
        raise ClientDisconnect from None
    finally:
        waiting = False
        leaving.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
