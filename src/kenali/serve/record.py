"""What is remembered of each request, for the metrics and the audit log: numbers and the server's own names alone.

Never a photo, its name or its checksum, never a key: whoever reads the log learns who asked how much, and which classes came
out how often.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kenali.serve import metrics
from kenali.serve.security.audit import AuditLog

if TYPE_CHECKING:
    from kenali.serve.model import Prediction, ServedModel

_KEY = "kenali.record"
_UNLOGGED = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every second by machines
_GONE = 499  # what nginx calls a client that did not wait


class Record:
    """What the parts of the server add about one request; `headers` go into its answer."""

    __slots__ = ("bundle", "bytes_in", "headers", "key_id", "labels", "model", "status", "subject")

    def __init__(self) -> None:
        self.key_id = "-"
        self.status = 0
        self.bytes_in = 0
        self.model = self.bundle = self.subject = ""
        self.labels: Counter[str] = Counter()
        self.headers: list[tuple[bytes, bytes]] = []

    def predicted(self, model: ServedModel, photos: Sequence[Prediction]) -> None:
        """Note what came out: classes, `unknown`, and the reasons of files that were no photos."""
        self.model, self.bundle = model.name, model.bundle_id
        for photo in photos:
            if photo.error:
                self.labels[photo.error.reason] += 1
                metrics.observe_rejected(photo.error.reason)
                continue
            outcome, timing = photo.outcome, photo.timing
            label = outcome.label(model.manifest.class_names)
            assert label is not None
            self.labels[label] += 1
            metrics.observe_photo(model.name, label, outcome.reason or "known")
            metrics.observe_steps(model.name, timing.decode_s, timing.wait_s, timing.network_s, timing.batch)


def of(scope: Scope) -> Record:
    """The record of a request; one that nobody reads where no `Recording` is around the app."""
    found: Record | None = scope.get(_KEY)
    if found is None:
        found = scope[_KEY] = Record()
    return found


class Recording:
    """Outermost of all: every request is counted and logged once, however it ends."""

    def __init__(self, app: ASGIApp, log: AuditLog | None) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        record = scope[_KEY] = Record()
        metrics.request_began()

        async def counted_receive() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                record.bytes_in += len(message.get("body", b""))
            elif message["type"] == "http.disconnect" and not record.status:
                record.status = _GONE
            return message

        async def noted_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
            await send(message)

        try:
            await self._app(scope, counted_receive, noted_send)
        except Exception:
            record.status = record.status or 500
            raise
        finally:
            seconds = time.perf_counter() - began
            route = _template(scope)
            metrics.observe_request(route, scope["method"], record.status or _GONE, seconds)
            if self._log and route not in _UNLOGGED:
                self._log.write(_entry(scope, record, route, seconds))


def _template(scope: Scope) -> str:
    """`/v1/models/{name}` rather than what a client made of it; `other` where no route is meant."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "other"


def _entry(scope: Scope, record: Record, route: str, seconds: float) -> dict[str, Any]:
    client = scope.get("client")
    entry: dict[str, Any] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "key": record.key_id,
        "address": client[0] if client else "-",
        "method": scope["method"],
        "route": route,
        "status": record.status or _GONE,
        "ms": round(1000 * seconds, 1),
        "bytes": record.bytes_in,
    }
    for name in ("model", "bundle", "subject"):
        if value := getattr(record, name):
            entry[name] = value
    if record.labels:
        entry["labels"] = dict(record.labels)
    return entry
