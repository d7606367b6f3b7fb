"""The file that a hub appends every answer to, a line of JSON each, before its camera hears of it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from kenali.errors import KenaliError
from kenali.stream.values import Answer


class Journal:
    """Appends whole lines. One that a killed hub left unfinished is ended first, so that it spoils no other."""

    def __init__(self, path: Path) -> None:
        """Raises KenaliError where the file cannot be written, as `append` does."""
        self._path = path
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            raise self._refused(error) from None
        if path.is_file() and _breaks_off(path):
            self._write(b"\n")

    def append(self, answer: Answer) -> None:
        self._write(json.dumps(asdict(answer)).encode() + b"\n")

    def close(self) -> None:
        os.close(self._file)

    def _write(self, line: bytes) -> None:
        try:
            while line:
                line = line[os.write(self._file, line) :]
        except OSError as error:
            raise self._refused(error) from None

    def _refused(self, error: OSError) -> KenaliError:
        return KenaliError(f"answers cannot be written to {self._path}: {error.strerror or error}")


def _breaks_off(path: Path) -> bool:
    """Whether the file's last line has no end; False where it may be written but not read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
            return file.read() not in (b"", b"\n")
    except OSError:
        return False
