"""What stands before Ray Serve's proxies, without Ray: an application in its place."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kenali.scale.door import Answering, Withholding, environment, middlewares
from kenali.serve.settings import Settings

SETTINGS = Settings(bundles=(), state=Path(), max_request_bytes=200, max_bundle_bytes=700)
START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"x-content-type-options", b"nosniff")]}


def scope_of(path: str = "/v1/models/a/predict", method: str = "POST") -> Scope:
    return {"type": "http", "method": method, "path": path, "headers": [(b"transfer-encoding", b"chunked")]}


def endless(size: int) -> tuple[Receive, list[int]]:
    """A body that never ends, and what was read of it."""
    read: list[int] = []

    async def receive() -> Message:
        await asyncio.sleep(0)
        read.append(size)
        return {"type": "http.request", "body": bytes(size), "more_body": True}

    return receive, read


async def nowhere(message: Message) -> None:
    pass


def reading(seen: list[int], stop: asyncio.Event) -> ASGIApp:
    """As Ray's proxy does: takes all that comes until the answer is there."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def take() -> None:
            while True:
                seen.append(len((await receive())["body"]))

        taking = asyncio.ensure_future(take())
        await stop.wait()
        taking.cancel()

    return app


async def for_a_while() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("path", "method", "most"),
    [("/v1/models/a/predict", "POST", 250), ("/v1/models/a", "PUT", 750), ("/login", "POST", 65_550)],
)
def test_a_proxy_holds_no_more_of_a_body_than_it_takes_to_refuse_it(path: str, method: str, most: int) -> None:
    async def main() -> None:
        seen: list[int] = []
        stop = asyncio.Event()
        receive, read = endless(50 if most < 1000 else 65_550)
        asking = asyncio.ensure_future(Withholding(reading(seen, stop), SETTINGS)(scope_of(path, method), receive, nowhere))
        await for_a_while()
        assert sum(seen) == most
        assert sum(read) > most  # the rest is read and forgotten, so that a client who leaves is noticed
        stop.set()
        await asking

    asyncio.run(main())


def test_all_bodies_together_have_a_bound_and_the_next_wait() -> None:
    async def main() -> None:
        door_of: list[int] = []
        stop, go_on = asyncio.Event(), asyncio.Event()
        first = True

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await reading(door_of, stop if scope["first"] else go_on)(scope, receive, send)

        door = Withholding(app, SETTINGS)
        tasks = []
        for _ in range(8):
            receive, _ = endless(100)
            tasks.append(asyncio.ensure_future(door({**scope_of(), "first": first}, receive, nowhere)))
            await for_a_while()
            first = False
        held = sum(door_of)
        assert 800 <= held <= 800 + 8 * 100
        stop.set()
        await tasks[0]
        await for_a_while()
        assert sum(door_of) > held  # what the first had is free for the others
        go_on.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())


def test_uploads_that_have_begun_finish_and_requests_without_a_body_never_wait() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        while message.get("more_body"):
            message = await receive()

    def body(chunks: int) -> Receive:
        async def receive() -> Message:
            nonlocal chunks
            await asyncio.sleep(0)
            chunks -= 1
            return {"type": "http.request", "body": bytes(100), "more_body": chunks > 0}

        return receive

    async def main() -> None:
        door = Withholding(app, SETTINGS)
        uploads = [{**scope_of("/v1/models/a", "PUT"), "headers": [(b"content-length", b"600")]} for _ in range(2)]
        await asyncio.wait_for(asyncio.gather(*(door(upload, body(6), nowhere) for upload in uploads)), 5)

        async def never() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        stalled = [asyncio.ensure_future(door(scope_of("/v1/models/a/predict"), never, nowhere)) for _ in range(5)]
        await for_a_while()
        await asyncio.wait_for(door({**scope_of(method="GET"), "headers": []}, body(1), nowhere), 5)
        for task in stalled:
            task.cancel()
        await asyncio.gather(*stalled, return_exceptions=True)
        await asyncio.wait_for(door(uploads[0], body(6), nowhere), 5)  # what they had kept is free again

    asyncio.run(main())


def answered(app: ASGIApp, path: str = "/v1/models") -> list[Any]:
    """What a client of `app` behind the door is sent."""
    sent: list[Any] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(Answering(app)(scope_of(path), receive, send))
    return sent


def test_silence_becomes_an_answer_that_says_when_to_try_again() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    start, body = answered(silent)
    assert start["status"] == 503
    assert (b"retry-after", b"1") in start["headers"]
    assert json.loads(body["body"])["reason"] == "busy"


def test_what_ray_says_itself_becomes_a_problem_document() -> None:
    async def rays(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b"Path not found"})

    start, body = answered(rays)
    assert start["status"] == 503
    assert b"Path" not in body["body"]
    assert answered(rays, "/-/routes")[0]["status"] == 404  # its own paths are its own matter


def test_an_answer_of_ours_passes_as_it_is_even_one_that_broke_off() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({**START, "status": 422})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})

    assert [message["type"] for message in answered(broken)] == ["http.response.start", "http.response.body"]


def test_who_left_is_sent_nothing() -> None:
    async def left(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    asyncio.run(Answering(left)(scope_of(), receive, send))
    assert sent == []


def test_proxies_learn_the_limits_by_their_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(SETTINGS).items():
        monkeypatch.setenv(name, value)
    settings = middlewares()[0].kwargs["settings"]
    assert isinstance(settings, Settings)
    assert (settings.max_request_bytes, settings.max_bundle_bytes) == (200, 700)
