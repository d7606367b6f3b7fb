"""A lock between processes that no death can leave locked: the operating system releases it with its holder."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FileLock:
    """`with lock:` holds a file's lock, which other processes (not this one's other threads) wait for.

    A `multiprocessing.Lock` stays locked for ever when its holder is killed; this one does not.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)

    def __enter__(self) -> None:
        if sys.platform == "win32":
            while not self.taken():
                time.sleep(0.0005)
        else:
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def taken(self) -> bool:
        """Take the lock where no other process holds it, and say whether that went well; never waits."""
        try:
            if sys.platform == "win32":
                os.lseek(self._file, 0, os.SEEK_SET)
                msvcrt.locking(self._file, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if sys.platform == "win32":
            os.lseek(self._file, 0, os.SEEK_SET)
            msvcrt.locking(self._file, msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._file)
