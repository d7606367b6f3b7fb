"""What stands before Ray Serve in its HTTP proxies: bounds on what they hold, and problem documents for Ray's own answers.

A proxy takes in a body as fast as it comes, whether or not a replica reads it. The door lets no more of one in than the replica
will take, and of all bodies together no more than a worker of `kenali serve` holds: the rest waits in the network, and whoever
has begun can finish. It refuses nothing, so that replicas do, count it and note it. And where a replica died with a request,
Ray answers 500 without a word: here that becomes 503, which says when to try again.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kenali.serve.bodies import announced_length, longest_body
from kenali.serve.problems import ProblemError
from kenali.serve.security.headers import SecurityHeaders
from kenali.serve.settings import Settings

_SETTINGS = "KENALI_DOOR"
_LIMITS = ("max_request_bytes", "max_bundle_bytes")
_OURS = b"x-content-type-options"  # every answer of Kenali's own has it
_RAYS = "/-/"  # paths of Ray's own


def environment(settings: Settings) -> dict[str, str]:
    """The variables of Serve's processes that put the door into their proxies; a client's word on its address is not taken."""
    return {
        "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": f"{__name__}.middlewares",
        _SETTINGS: json.dumps({name: getattr(settings, name) for name in _LIMITS}),
        "FORWARDED_ALLOW_IPS": "",
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",  # on a busy node 5 s are too few to import it all
        "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "30",
    }


def middlewares() -> list[Middleware]:
    """What a proxy calls as it starts; the first is outermost last: Ray wraps its own application in them one by one."""
    limits: dict[str, Any] = json.loads(os.environ[_SETTINGS])
    return [
        Middleware(Withholding, settings=Settings(bundles=(), **limits)),
        Middleware(Answering),
        Middleware(SecurityHeaders, tls=False, shared=False),
    ]


class Withholding:
    """ASGI middleware: bodies are read no further than they may be long, and together up to four of the longest requests'."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._most = max(4 * settings.max_request_bytes, settings.max_bundle_bytes)
        self._held = 0
        self._freed = asyncio.Condition()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        longest, _ = longest_body(scope, self._settings)
        need = _most_to_come(scope, longest)
        size = reserved = 0

        async def withheld() -> Message:
            nonlocal size, reserved
            if reserved < need:  # all at once, before the first byte: two that have begun never wait for each other
                async with self._freed:
                    await self._freed.wait_for(lambda: not self._held or self._held + need <= self._most)
                    self._held += need
                    reserved = need
            message = await receive()
            while size > longest and message["type"] == "http.request":
                message = await receive()  # forgotten: the replica has enough to refuse it
            size += len(message.get("body", b""))
            return message

        try:
            await self._app(scope, withheld, send)
        finally:
            async with self._freed:
                self._held -= reserved
                self._freed.notify_all()


class Answering:
    """ASGI middleware: what Ray answers by itself, or does not, becomes a problem document like all others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_RAYS):
            await self._app(scope, receive, send)
            return
        told = "the replica that had this request is gone"
        started = left = dropped = False

        async def noted_receive() -> Message:
            nonlocal left
            message = await receive()
            left = left or message["type"] == "http.disconnect"
            return message

        async def kept_send(message: Message) -> None:
            nonlocal told, started, dropped
            if message["type"] == "http.response.start" and not _ours(message):
                told, dropped = "no replica could answer", True
            if not dropped:
                started = True
                await send(message)

        await self._app(scope, noted_receive, kept_send)
        if not started and not left:
            await ProblemError("busy", told, retry_after_s=1).response(scope["path"])(scope, receive, send)


def _most_to_come(scope: Scope, longest: int) -> int:
    """The bytes to keep room for: of a body whose length is not announced the most it may have; without a body none."""
    chunked = any(name == b"transfer-encoding" for name, _ in scope["headers"])
    return longest if chunked else min(longest, announced_length(scope))


def _ours(message: Message) -> bool:
    return message["status"] < 400 or any(name.lower() == _OURS for name, _ in message["headers"])
