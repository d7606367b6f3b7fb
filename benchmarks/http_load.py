"""A light HTTP client that puts a server on loopback under load, in a process of its own.

    python benchmarks/http_load.py < PLAN.json > RESULT.json

*Closed loop*: so many connections, each asking again as soon as it is answered: finds the rate at saturation. *Open loop*:
requests leave at their own times (a Poisson process), however long answers take, and latency counts from the time a request
was due, so that a stalled server cannot hide its queue ("coordinated omission", G. Tene). Every request is answered once, or
counted as `reset` (connection lost), `refused` or `timeout`. Standard library only; uvloop where it is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Literal

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send: each photo of `photos` in turn to `path`, as a raw body or as a multipart form.

    Closed loop with `connections`, or open loop at `rate` requests a second over as many connections as it takes, at most
    `connections`. Stops after `seconds` or `requests`, whichever comes first; the first `warm_s` seconds are not counted.
    """

    port: int
    path: str
    photos: tuple[str, ...]
    body: Literal["raw", "form"] = "raw"
    connections: int = 1
    rate: float | None = None
    seconds: float = 5.0
    requests: int = 1_000_000
    warm_s: float = 0.5
    timeout_s: float = 60.0
    seed: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """What came back: `statuses` counts answers by status or kind of failure; `latencies_ms` are those of 2xx answers, sorted.

    `served` is 2xx answers a second; `sent` all requests that were due; `slowest_ms` covers every answer.
    """

    served: float
    sent: int
    statuses: dict[str, int]
    latencies_ms: list[float]
    slowest_ms: float

    def percentile(self, share: float) -> float:
        """The latency in ms below which `share` (0..1) of the 2xx answers lie."""
        if len(self.latencies_ms) < 2:
            return float("nan")
        return quantiles(self.latencies_ms, n=1000, method="inclusive")[min(998, round(share * 1000) - 1)]

    @property
    def median_ms(self) -> float:
        return median(self.latencies_ms) if self.latencies_ms else float("nan")


def put_under_load(plan: Plan) -> Load:
    """Run the plan in a process of its own."""
    return finish(begin(plan))


def begin(plan: Plan) -> subprocess.Popen[str]:
    """Start the plan in a process of its own, to be waited for with `finish`."""
    process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(plan)))
    process.stdin.close()
    process.stdin = None
    return process


def finish(process: subprocess.Popen[str]) -> Load:
    """The result of a plan that was begun. Raises RuntimeError when the client itself failed."""
    out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("the load client failed")
    return Load(**json.loads(out))


class Connection:
    """One keep-alive connection; opened when needed, and again when the server closed it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, message: bytes) -> str:
        """Send one request; its status as text, or `refused`, `reset` or `timeout`."""
        try:
            async with asyncio.timeout(self.plan.timeout_s):
                return await self._ask(message)
        except TimeoutError:
            self.drop()
            return "timeout"
        except (OSError, EOFError):
            self.drop()
            return "reset"

    async def _ask(self, message: bytes) -> str:
        if self.streams is not None and self.streams[0].at_eof():  # closed while at rest, as every client looks for
            self.drop()
        if self.streams is None:
            try:
                self.streams = await asyncio.open_connection(HOST, self.plan.port)
            except ConnectionRefusedError:
                return "refused"
        reader, writer = self.streams
        writer.write(message)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = head.split(" ", 2)[1]
        length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
        await reader.readexactly(length)
        if "connection: close" in head:
            self.drop()
        return status

    def drop(self) -> None:
        if self.streams is not None:
            with contextlib.suppress(OSError):
                self.streams[1].close()
        self.streams = None


def messages(plan: Plan) -> list[bytes]:
    """One whole HTTP request for each photo."""
    made = []
    for name in plan.photos:
        body, kind = Path(name).read_bytes(), "application/octet-stream"
        if plan.body == "form":
            mark = b"kenali-load"
            part = b'Content-Disposition: form-data; name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg'
            body, kind = (
                b"--%s\r\n%s\r\n\r\n%s\r\n--%s--\r\n" % (mark, part, body, mark),
                "multipart/form-data; boundary=kenali-load",
            )
        lines = {"Host": f"{HOST}:{plan.port}", "Content-Type": kind, "Content-Length": str(len(body)), **plan.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        made.append(f"POST {plan.path} HTTP/1.1\r\n{head}\r\n".encode() + body)
    return made


async def run(plan: Plan) -> Load:
    """Send the plan's requests and gather the answers."""
    ready = messages(plan)
    random.Random(plan.seed).shuffle(ready)
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    slowest = 0.0
    begun = time.perf_counter()
    counted_from, until = begun + plan.warm_s, begun + plan.warm_s + plan.seconds
    sent = 0

    async def ask(connection: Connection, number: int, due: float) -> None:
        nonlocal slowest
        status = await connection.ask(ready[number % len(ready)])
        taken = (time.perf_counter() - due) * 1000
        if due >= counted_from:
            statuses[status] += 1
            slowest = max(slowest, taken)
            if status.startswith("2"):
                latencies.append(taken)

    async def keep_asking(connection: Connection) -> None:
        nonlocal sent
        while sent < plan.requests and (now := time.perf_counter()) < until:
            sent += 1
            await ask(connection, sent, now)
            if not connection.streams:
                await asyncio.sleep(0.01)  # a server that is down is not to be hammered
        connection.drop()

    async def arrive() -> None:
        nonlocal sent
        assert plan.rate
        draw = random.Random(plan.seed + 1)
        idle: list[Connection] = []
        open_ones, due, tasks = 0, begun, set()

        async def one(number: int, due: float) -> None:
            nonlocal open_ones
            connection = idle.pop() if idle else Connection(plan)
            await ask(connection, number, due)
            open_ones -= 1
            idle.append(connection)

        while sent < plan.requests and (due := due + draw.expovariate(plan.rate)) < until:
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            sent += 1
            if open_ones >= plan.connections:
                statuses["not-sent"] += due >= counted_from
                continue
            open_ones += 1
            tasks.add(task := asyncio.ensure_future(one(sent, due)))
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
        for connection in idle:
            connection.drop()

    if plan.rate:
        await arrive()
    else:
        await asyncio.gather(*(keep_asking(Connection(plan)) for _ in range(plan.connections)))
    ended = max(until, time.perf_counter()) if plan.rate is None else until
    served = len(latencies) / max(ended - counted_from, 1e-9)
    return Load(served, sum(statuses.values()), dict(statuses), sorted(latencies), slowest)


def main() -> None:
    try:
        import uvloop
    except ImportError:
        pass
    else:
        uvloop.install()
    document = json.load(sys.stdin)
    json.dump(asdict(asyncio.run(run(Plan(**document | {"photos": tuple(document["photos"])})))), sys.stdout)


if __name__ == "__main__":
    main()
