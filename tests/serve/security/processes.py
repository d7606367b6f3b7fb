"""What other processes do in tests of what they share; imports little, because each imports it anew."""

from __future__ import annotations

import signal
from multiprocessing.connection import Connection
from pathlib import Path

from kenali.locked import FileLock
from kenali.serve.security.rates import Rates


def ask(folder: Path, times: int, results: Connection) -> None:
    table = Rates(folder)
    results.send(sum(table.charge("a", rate=1, burst=100, now=50).allowed for _ in range(times)))


def hold(path: Path, ready: Connection) -> None:
    with FileLock(path):
        ready.send(True)
        signal.pause()  # type: ignore[attr-defined,unused-ignore]
