"""The audit log: one JSON line a request, in one file a day and worker, kept for a time and then deleted."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

KEPT_DAYS = 90
_RETRY_S = 5.0  # after the disk refused a line
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class AuditLog:
    """Lines for `folder`; each reaches the operating system before the next request is seen, so a killed worker loses none.

    A full disk stops no request: it is told once in the server's log, and `lost` counts the lines.
    """

    def __init__(self, folder: Path, kept_days: int = KEPT_DAYS) -> None:
        self._folder = folder
        self._kept_days = kept_days
        self._day: date | None = None
        self._file: int | None = None
        self._not_before = 0.0
        self.lost = 0

    def write(self, entry: Mapping[str, Any]) -> None:
        """Append one line."""
        if self._not_before and time.monotonic() < self._not_before:
            self.lost += 1
            return
        line = _encode(entry).encode() + b"\n"
        try:
            os.write(self._today(), line)
            self._not_before = 0.0
        except OSError as error:
            if not self._not_before:
                log.error("the audit log loses lines: %s", error)
            self.lost += 1
            self._not_before = time.monotonic() + _RETRY_S

    def _today(self) -> int:
        """The day's open file."""
        today = datetime.now(UTC).date()
        if self._file is None or today != self._day:
            self.close()
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{today.isoformat()}-{os.getpid()}.jsonl"
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
            self._file = os.open(path, flags, 0o600)
            self._day = today
            self._forget(today - timedelta(days=self._kept_days))
        return self._file

    def _forget(self, before: date) -> None:
        for path in self._folder.glob("????-??-??-*.jsonl"):
            if path.name[:10] < before.isoformat():
                with contextlib.suppress(OSError):  # another worker was faster
                    path.unlink()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
