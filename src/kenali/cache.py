"""What Kenali remembers between runs, in the user's cache folder: photo facts, embeddings, converted backbones.

Everything here can be deleted at any time and is computed again. `KENALI_CACHE` names another folder.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from kenali.sqlite import write_ahead

log = logging.getLogger(__name__)

_PATIENCE_S = 30.0  # with other processes that write
_KEYS_A_QUERY = 500  # SQLite allows 999 variables in the oldest builds still met


def cache_folder() -> Path:
    """The folder of this user's cache: `KENALI_CACHE`, or what the platform uses for caches."""
    chosen = os.environ.get("KENALI_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "kenali"


class Store(Protocol):
    """Bytes by kind and key: a `Cache`, or a `Carried`."""

    def get(self, kind: str, key: str) -> bytes | None: ...

    def get_many(self, kind: str, keys: Iterable[str]) -> dict[str, bytes]: ...

    def put(self, kind: str, key: str, value: bytes) -> None: ...

    def put_many(self, kind: str, values: dict[str, bytes]) -> None: ...


class Cache:
    """Bytes by kind and key, kept in one SQLite file: safe for several threads and several processes at once.

    A cache must never stop the work: when the disk is full, the folder read-only or the file damaged, it says so once in
    the log and goes on without remembering.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._connection = self._open((folder or cache_folder()) / "photos.sqlite")

    def _open(self, path: Path) -> sqlite3.Connection | None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=_PATIENCE_S, check_same_thread=False, isolation_level=None)
            write_ahead(connection, _PATIENCE_S)
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS item (kind TEXT, key TEXT, value BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID"
            )
        except (OSError, sqlite3.Error) as error:
            log.warning("no cache at %s (%s): photos are read again each time", path, error)
            return None
        return connection

    def get(self, kind: str, key: str) -> bytes | None:
        """The bytes kept under `kind` and `key`, or None."""
        return self.get_many(kind, [key]).get(key)

    def get_many(self, kind: str, keys: Iterable[str]) -> dict[str, bytes]:
        """The bytes of every key of `kind` that is known."""
        wanted = list(keys)
        found: dict[str, bytes] = {}
        with self._lock:
            if self._connection is None:
                return found
            try:
                for start in range(0, len(wanted), _KEYS_A_QUERY):
                    chunk = wanted[start : start + _KEYS_A_QUERY]
                    marks = ",".join("?" * len(chunk))
                    query = f"SELECT key, value FROM item WHERE kind = ? AND key IN ({marks})"
                    found.update(self._connection.execute(query, [kind, *chunk]))
            except sqlite3.Error as error:
                self._give_up(error)
        return found

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Remember `value`; a later run, or another process, finds it at once."""
        self.put_many(kind, {key: value})

    def put_many(self, kind: str, values: dict[str, bytes]) -> None:
        """Remember several values in one transaction."""
        with self._lock:
            if self._connection is None or not values:
                return
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                rows = [(kind, key, value) for key, value in values.items()]
                self._connection.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?)", rows)
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._give_up(error)

    def _give_up(self, error: sqlite3.Error) -> None:
        log.warning("the cache failed (%s): going on without it", error)
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Carried:
    """The same in memory: what is computed in one place and then put into the cache of another."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, bytes]] = {}

    def get(self, kind: str, key: str) -> bytes | None:
        return self.items.get(kind, {}).get(key)

    def get_many(self, kind: str, keys: Iterable[str]) -> dict[str, bytes]:
        own = self.items.get(kind, {})
        return {key: own[key] for key in keys if key in own}

    def put(self, kind: str, key: str, value: bytes) -> None:
        self.put_many(kind, {key: value})

    def put_many(self, kind: str, values: dict[str, bytes]) -> None:
        if values:
            self.items.setdefault(kind, {}).update(values)
