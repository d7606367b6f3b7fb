"""Work spread over threads, in order and in bounded memory.

Pillow decodes and ONNX Runtime computes outside Python's lock, so threads keep every core busy; unlike processes they
start at once and behave the same on Windows, macOS and Linux.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4  # tasks in flight for each worker: enough to ride out one slow photo, few enough to keep memory flat


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` items, in order."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def map_in_order(function: Callable[[T], R], items: Iterable[T], workers: int | None = None) -> Iterator[R]:
    """`function` of each item, in the items' order, computed by `workers` threads (default: one a core).

    Items are taken as results are consumed, so that memory does not grow with their number. An exception of `function`
    is raised at its item's turn; then, as on Ctrl-C, what has not begun is dropped.
    """
    workers = workers or cores()
    executor = ThreadPoolExecutor(workers, thread_name_prefix="kenali")
    running: deque[Future[R]] = deque()
    rest = iter(items)
    try:
        for item in islice(rest, _AHEAD * workers):
            running.append(executor.submit(function, item))
        while running:
            result = running.popleft().result()
            for item in islice(rest, 1):
                running.append(executor.submit(function, item))
            yield result
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
