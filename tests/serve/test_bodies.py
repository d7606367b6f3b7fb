"""What bodies may weigh, and how slowly they may come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from kenali.serve.bodies import BodyLimits
from kenali.serve.problems import ProblemError
from kenali.serve.settings import Settings

LIMITS: dict[str, Any] = {"max_photo_bytes": 100, "max_request_bytes": 200, "max_bundle_bytes": 1000, "body_timeout_s": 0.05}


def limited() -> tuple[BodyLimits, list[int], asyncio.Event]:
    """The middleware around an application that reads the whole body, notes its length, and waits for the event."""
    lengths: list[int] = []
    go_on = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        length, more = 0, True
        while more:
            message = await receive()
            length, more = length + len(message["body"]), message["more_body"]
        lengths.append(length)
        await go_on.wait()

    return BodyLimits(app, Settings(bundles=(), state=Path(), **LIMITS)), lengths, go_on


def scope_of(path: str, method: str = "POST", announced: int | None = None) -> Scope:
    headers = [] if announced is None else [(b"content-length", str(announced).encode())]
    return {"type": "http", "method": method, "path": path, "headers": headers}


def chunks(sizes: Iterable[int], pause_s: float = 0.0) -> Receive:
    left = list(sizes)

    async def receive() -> Message:
        await asyncio.sleep(pause_s)
        return {"type": "http.request", "body": bytes(left.pop(0)), "more_body": bool(left)}

    return receive


async def unsent(message: Message) -> None:
    raise AssertionError(f"sent {message}")


@pytest.mark.parametrize(
    ("path", "method", "most"),
    [("/v1/models/a/predict", "POST", 200), ("/v1/models/a", "PUT", 1000), ("/v1/models/a/feedback", "POST", 64 * 1024)],
)
def test_every_kind_of_request_has_its_cap(path: str, method: str, most: int) -> None:
    async def main() -> None:
        limits, lengths, go_on = limited()
        go_on.set()
        await limits(scope_of(path, method), chunks([most - 1, 1]), unsent)
        assert lengths == [most]
        with pytest.raises(ProblemError, match="bytes at most") as told:
            await limits(scope_of(path, method), chunks([most, 1]), unsent)
        assert told.value.reason == "too-many-bytes"
        with pytest.raises(ProblemError, match="bytes at most"):
            await limits(scope_of(path, method, announced=most + 1), chunks([]), unsent)  # not a byte is asked for

    asyncio.run(main())


def test_a_body_that_comes_too_slowly() -> None:
    async def main() -> None:
        limits, lengths, _ = limited()
        with pytest.raises(ProblemError, match="too slowly") as told:
            await limits(scope_of("/v1/models/a/predict"), chunks([1] * 20, pause_s=0.02), unsent)
        assert told.value.status_code == 408
        assert not lengths

    asyncio.run(main())


def test_photos_held_at_once_are_bounded_and_let_go() -> None:
    """Four times a request's bytes at most, over all requests that are not answered yet."""

    async def main() -> None:
        limits, lengths, go_on = limited()
        ask = scope_of("/v1/models/a/predict")
        holding = [asyncio.create_task(limits(ask, chunks([200]), unsent)) for _ in range(4)]
        while len(lengths) < 4:
            await asyncio.sleep(0)
        with pytest.raises(ProblemError, match="as many photos as it can") as told:
            await limits(ask, chunks([1]), unsent)
        assert (told.value.reason, told.value.retry_after_s) == ("busy", 1)
        go_on.set()
        await asyncio.gather(*holding)
        await limits(ask, chunks([200]), unsent)
        assert len(lengths) == 5

    asyncio.run(main())
