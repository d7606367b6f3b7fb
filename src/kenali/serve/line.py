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
    """`beats[slot]` is when a worker's loop last turned (`time.monotonic`), 0 before it serves; `stopping` tells all to end."""

    beats: Any  # array of double
    stopping: Any  # bool

    @classmethod
    def between(cls, context: SpawnContext, workers: int) -> Line:
        return cls(context.RawArray(ctypes.c_double, workers), context.RawValue(ctypes.c_bool, False))
