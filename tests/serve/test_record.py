from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from starlette.types import Message, Receive, Scope, Send

from kenali.doubt import Reason
from kenali.errors import PhotoError
from kenali.predict import Outcome
from kenali.serve import metrics, record
from kenali.serve.model import Prediction, Timing
from kenali.serve.record import Record, Recording
from kenali.serve.security.audit import AuditLog
from tests.serve.test_metrics import numbers


def asked(app: Any, folder: Path, *messages: Message) -> dict[str, Any]:
    """What the log says of one request to `app`, whose client sends these messages."""
    log = AuditLog(folder)
    came = iter(messages)
    scope: Scope = {"type": "http", "method": "POST", "path": "/x", "headers": [], "client": ("10.0.0.1", 5)}

    async def receive() -> Message:
        return next(came)

    async def send(message: Message) -> None:
        pass

    async def run() -> None:
        with contextlib.suppress(RuntimeError):  # which goes on its way to the server's log
            await Recording(app, log)(scope, receive, send)

    asyncio.run(run())
    log.close()
    (path,) = folder.iterdir()
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("ours")


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    record.of(scope).key_id = "1f0c9a3e"
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def waits_in_vain(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


BODY: Message = {"type": "http.request", "body": b"12345", "more_body": True}


def test_a_request_is_remembered_once_however_it_ends(tmp_path: Path) -> None:
    def counted(status: int) -> float:
        return numbers(metrics._gathered().decode()).get(f"kenali_requests_total POST other {status}", 0.0)

    before = {status: counted(status) for status in (201, 499, 500)}
    answered = asked(answers, tmp_path / "a", BODY, {**BODY, "more_body": False})
    assert (answered["status"], answered["bytes"], answered["key"], answered["address"]) == (201, 10, "1f0c9a3e", "10.0.0.1")
    assert asked(breaks, tmp_path / "b")["status"] == 500
    gone = asked(waits_in_vain, tmp_path / "c", BODY, {"type": "http.disconnect"})
    assert (gone["status"], gone["bytes"]) == (499, 5)
    assert {status: counted(status) - before[status] for status in before} == {201: 1, 499: 1, 500: 1}
    assert numbers(metrics._gathered().decode())["kenali_requests_in_flight"] == 0


def test_predictions_are_noted_by_label_and_reason() -> None:
    model: Any = SimpleNamespace(name="cats", bundle_id="0123456789ab", manifest=SimpleNamespace(class_names=("a", "b")))

    def photo(reason: Reason | None = None, error: PhotoError | None = None) -> Prediction:
        outcome = Outcome("", probs=np.array([0.2, 0.8], np.float32), reason=reason)
        return Prediction("", outcome, Timing(decode_s=0.01, network_s=0.01, batch=1), error=error)

    noted = Record()
    noted.predicted(model, [photo(), photo(), photo("novel"), photo(error=PhotoError("truncated", "..."))])
    assert noted.labels == {"b": 2, "unknown": 1, "truncated": 1}
    found = numbers(metrics._gathered().decode())
    assert found["kenali_photos_total unknown cats novel"] == 1
    assert found["kenali_photos_total b cats known"] == 2
