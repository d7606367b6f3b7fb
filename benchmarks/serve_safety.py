"""What keys, rates, headers, the audit log and metrics cost a request: the same small app with and without them, in process.

    python benchmarks/serve_safety.py

Prints medians of rounds that take turns, so that a busy machine slows both alike.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUNDS, REQUESTS = 15, 400


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        run = Path(name)
        (run / "metrics").mkdir()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(run / "metrics")  # before the modules that heed it
        bare, safe, headers = _apps(run)
        times: dict[str, list[float]] = {"bare": [], "safe": []}
        for _ in range(ROUNDS):
            for which, app in (("bare", bare), ("safe", safe)):
                times[which].append(asyncio.run(_each_s(app, headers)))
        bare_us, safe_us = (1e6 * statistics.median(times[which]) for which in ("bare", "safe"))
        print(f"bare {bare_us:.0f} us, safe {safe_us:.0f} us: {safe_us - bare_us:.0f} us a request")


def _apps(run: Path) -> tuple[Any, Any, list[tuple[bytes, bytes]]]:
    from fastapi import FastAPI
    from starlette.responses import Response

    from kenali.serve.security.guard import needs
    from kenali.serve.security.install import secure
    from kenali.serve.security.keys import KeyFile
    from kenali.serve.settings import Settings

    def app(dependencies: list[Any]) -> FastAPI:
        made = FastAPI()

        @made.post("/v1/models/{name}/predict", dependencies=dependencies)
        async def predict(name: str) -> Response:
            return Response(b"{}")

        return made

    settings = Settings(bundles=(), state=run / "state", run=run, rate=1e6)
    _, secret = KeyFile(settings.state).add("benchmark")
    safe = app([needs("predict")])
    safe.state.settings = settings
    secure(safe, settings, run)
    return app([]), safe, [(b"host", b"localhost:8000"), (b"authorization", f"Bearer {secret}".encode())]


async def _each_s(app: Callable[..., Any], headers: list[tuple[bytes, bytes]]) -> float:
    """Seconds of this process a request."""
    statuses = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/models/cats/predict",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    began = time.process_time()
    for _ in range(REQUESTS):
        await app(dict(scope), receive, send)
    taken = time.process_time() - began
    assert statuses == [200] * REQUESTS
    return taken / REQUESTS


if __name__ == "__main__":
    main()
