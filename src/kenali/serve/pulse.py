"""What is true of a worker now, written to its gauges once a second; so its parts need not know of metrics."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

from kenali.serve import metrics
from kenali.serve.registry import Registry


class Pulse:
    """One a worker; `beat` takes some microseconds."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._kills: Counter[str] = Counter()
        self._models: set[tuple[str, str]] = set()
        metrics.worker_started()
        if registry.faces is not None:
            metrics.faces_loaded()

    def beat(self) -> None:
        registry = self._registry
        metrics.queue(registry.queue_length, registry.capacity)
        if memory := memory_bytes():
            metrics.memory(memory)
        kills = Counter(registry.engine.crew.kills)
        for why, times in (kills - self._kills).items():
            metrics.decoders_replaced(why, times)
        self._kills = kills
        models = {(name, registry.get(name).bundle_id) for name in registry.names()}
        for model in self._models - models:
            metrics.unloaded(*model)
        for model in models - self._models:
            metrics.loaded(*model)
        self._models = models


def memory_bytes() -> int | None:
    """Memory that this process holds (its resident set), where the system tells in a file."""
    if sys.platform != "linux":
        return None
    resident_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return resident_pages * os.sysconf("SC_PAGE_SIZE")
