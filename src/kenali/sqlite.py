"""What SQLite does not do by itself."""

from __future__ import annotations

import sqlite3
import time

_AGAIN_AFTER_S = 0.01


def write_ahead(connection: sqlite3.Connection, patience_s: float) -> None:
    """Let readers and a writer go on side by side, by a write-ahead log, for as long as the file lives.

    Of processes that begin on a new file at the same moment only one can see to it. SQLite's own patience does not cover that:
    the others are told "locked" at once, so they are asked to try again. Raises sqlite3.OperationalError after `patience_s`.
    """
    until = time.monotonic() + patience_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(_AGAIN_AFTER_S)
