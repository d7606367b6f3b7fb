"""Lines of JSON on disk, of bounded size, that several worker processes write side by side."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SUFFIX = ".jsonl"


class Journal:
    """Appends records to files of its own in `folder`; beyond `most_bytes` in the folder, the oldest files go.

    A file is begun every day and whenever one reaches an eighth of that size. Each record is written whole, by one call. Not
    safe for several threads; OSError where the disk refuses.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._file_bytes = most_bytes // 8
        self._path: Path | None = None
        self._day = ""
        self._written = 0
        self._number = 0

    def append(self, record: Mapping[str, Any]) -> None:
        line = (json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n").encode()
        day = time.strftime("%Y-%m-%d", time.gmtime())
        if self._path is None or day != self._day or self._written + len(line) > self._file_bytes:
            self._begin(day)
        assert self._path is not None
        with self._path.open("ab", buffering=0) as file:
            file.write(line)
        self._written += len(line)

    def _begin(self, day: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._number += 1
        self._day, self._written = day, 0
        self._path = self.folder / f"{day}-{time.time_ns():x}-{os.getpid()}-{self._number}{SUFFIX}"
        self._make_room()

    def _make_room(self) -> None:
        files = sorted(self.folder.glob(f"*{SUFFIX}"))
        sizes = [_size(file) for file in files]
        total = sum(sizes) + self._file_bytes
        for file, size in zip(files, sizes, strict=True):
            if total <= self._most_bytes:
                return
            file.unlink(missing_ok=True)
            total -= size


def read_journal(folder: Path) -> Iterator[dict[str, Any]]:
    """Every record in a folder's journals, the oldest file first; a line that is damaged is passed over."""
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:  # its time has come
            continue
        for line in text.split("\n"):  # and not where else a label may break a line
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
