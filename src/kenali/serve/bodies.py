"""What a request's body may weigh, in bytes and in time, whatever its handler does with it."""

from __future__ import annotations

import asyncio
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kenali.serve.problems import ProblemError
from kenali.serve.settings import Settings

_SLOWEST = 16 * 1024  # bytes a second: longer bodies may take longer
_SMALL = 64 * 1024  # bytes that the body of any other request may have
_MODEL = re.compile(r"/v1/models/[^/]+(/predict)?")
_FACES = re.compile(r"/v1/faces/(detect|identify|verify|persons|persons/[^/]+/enrolments)")


class BodyLimits:
    """ASGI middleware: bodies are counted as they come, and refused with 413 when too long, 408 when too slow.

    A body whose announced length is too long is refused before any of it is read, as is one that would make the photos held
    in memory too many (503).
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._held = _Held(4 * settings.max_request_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        most, kept = longest_body(scope, self._settings)
        held = self._held if kept else None
        body = _Body(scope, receive, most, self._settings.body_timeout_s, held)
        try:
            await self._app(scope, body.receive, send)
        finally:
            if held:
                held.bytes -= body.size


def longest_body(scope: Scope, settings: Settings) -> tuple[int, bool]:
    """The most bytes that this request's body may have, and whether they stay in memory until it is answered."""
    model = _MODEL.fullmatch(scope["path"])
    if (model and model[1]) or (scope["method"] != "DELETE" and _FACES.fullmatch(scope["path"])):
        return settings.max_request_bytes, True
    if model and scope["method"] == "PUT":
        return settings.max_bundle_bytes, False  # goes to the disk as it comes
    return _SMALL, False


class _Held:
    """Bytes of the photos in all requests that are not answered yet."""

    def __init__(self, most: int) -> None:
        self.bytes = 0
        self.most = most


class _Body:
    def __init__(self, scope: Scope, receive: Receive, most: int, timeout_s: float, held: _Held | None) -> None:
        self.size = 0
        self._scope, self._receive = scope, receive
        self._most, self._timeout_s, self._held = most, timeout_s, held
        self._begun: float | None = None
        self._ended = False

    async def receive(self) -> Message:
        if self._ended:
            return await self._receive()
        if self._begun is None:
            self._begun = asyncio.get_running_loop().time()
            self._refuse(announced_length(self._scope))
        try:
            async with asyncio.timeout_at(self._begun + self._timeout_s + self.size / _SLOWEST):
                message = await self._receive()
        except TimeoutError:
            raise ProblemError("slow-body", "the request's body came too slowly") from None
        size = len(message.get("body", b""))
        self._refuse(self.size + size, size)
        self.size += size
        if self._held:
            self._held.bytes += size
        self._ended = not message.get("more_body", False)
        return message

    def _refuse(self, whole: int, more: int | None = None) -> None:
        """Raise ProblemError where a body of `whole` bytes is too long, or the server holds too much for `more` of them."""
        if whole > self._most:
            raise ProblemError("too-many-bytes", f"the body of this request may have {self._most:,} bytes at most")
        if self._held and self._held.bytes + (whole if more is None else more) > self._held.most:
            raise ProblemError("busy", "the server holds as many photos as it can", retry_after_s=1)


def announced_length(scope: Scope) -> int:
    """The request's Content-Length, 0 without one."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
