"""uvicorn's HTTP protocol with limits on what comes before and after a request that an application sees."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_TIMEOUT_S = 10.0
LONGEST_HEAD = 64 * 1024
LINGER_S = 5.0


class GuardedProtocol(HttpToolsProtocol):
    """Closes connections whose request line and headers take longer than 10 s or 64 KiB, which uvicorn would wait for.

    A request that is answered before its body has come (413, 503) keeps the connection for 5 s more while the rest of the body
    is read and forgotten: to close at once would reset the connection, and many clients would then never see the answer.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._in_head = False
        self._in_body = False
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._close_after(HEAD_TIMEOUT_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch_over()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > LONGEST_HEAD:
                self.send_400_response("The request's headers are too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes, self._in_head = 0, True
        self._close_after(HEAD_TIMEOUT_S)

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body = False, True
        self._watch_over()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()
        if self.cycle.response_complete:  # the answer went first; from here on the connection only waits for a next request
            self._close_after(self.timeout_keep_alive)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_body and self.cycle.response_complete:
            self._close_after(LINGER_S)

    def _close_after(self, seconds: float) -> None:
        self._watch_over()
        self._watch = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _watch_over(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
