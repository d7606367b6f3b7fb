"""Services end when they are told to, by Ctrl-C or SIGTERM, and tidy up."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator

_SAME_S = 1.0


@contextlib.contextmanager
def told_to_stop() -> Iterator[Callable[[], bool]]:
    """A function that says whether a signal to end has come. Another one a second later or more ends at once.

    Terminals and service managers send one to every process of a group, and whoever started it may send it another.
    """
    told = threading.Event()
    first = 0.0

    def heard(number: int, frame: object) -> None:
        nonlocal first
        if told.is_set() and time.monotonic() - first > _SAME_S:
            raise KeyboardInterrupt
        first = first or time.monotonic()
        told.set()

    known = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    earlier = {number: signal.signal(number, heard) for number in known}
    try:
        yield told.is_set
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def stop_this_process() -> None:
    """Have this process end as if it had been told to."""
    signal.raise_signal(signal.SIGTERM)
