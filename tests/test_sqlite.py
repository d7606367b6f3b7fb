"""A new file that several processes open at the same moment."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from kenali.sqlite import write_ahead


def test_who_comes_second_waits(tmp_path: Path) -> None:
    first = sqlite3.connect(tmp_path / "file.sqlite", isolation_level=None, check_same_thread=False)
    second = sqlite3.connect(tmp_path / "file.sqlite", isolation_level=None, timeout=0)
    first.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        write_ahead(second, 0)
    release = threading.Timer(0.1, first.execute, ["COMMIT"])
    release.start()
    write_ahead(second, 30)
    release.join()
    assert second.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    for connection in (first, second):
        connection.close()


def test_what_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file.sqlite").write_bytes(b"no database at all, " * 100)
    connection = sqlite3.connect(tmp_path / "file.sqlite")
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        write_ahead(connection, 30)
    connection.close()
