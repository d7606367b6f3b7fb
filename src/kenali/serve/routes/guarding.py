"""Stands in for `kenali.serve.security.guard` until it is there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


def guard(scope: str) -> Callable[[], Awaitable[None]]:
    async def open_to_all() -> None:
        pass

    return open_to_all
