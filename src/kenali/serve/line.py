"""What the supervisor and its workers tell each other, in shared memory and without locks, which a killed worker would keep."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from typing import Any

FAILED_TO_START = 3
WHY_NOT = "startup-error.txt"
"""The file in the run folder with the sentence that says why a worker could not start."""


@dataclass(frozen=True, slots=True)
class Line:
    """`beats[slot]` is when a worker's event loop last turned (`time.monotonic`), 0 before it could serve.

    A worker that could serve waits until `called[slot]` is set; `stopping` tells all to end.
    """

    beats: Any  # array of double
    called: Any  # array of bool
    stopping: Any  # bool

    @classmethod
    def between(cls, context: SpawnContext, slots: int) -> Line:
        beats, called = context.RawArray(ctypes.c_double, slots), context.RawArray(ctypes.c_bool, slots)
        return cls(beats, called, context.RawValue(ctypes.c_bool, False))
