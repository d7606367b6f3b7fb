"""The workers that a hub knows: who is alive, who wants a frame and since when, who has which."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from kenali.stream.cameras import Job, Key

DEAD_AFTER_S = 3.0
"""A worker, or a hub, that was not heard for so long is taken for dead. Each says something every second."""

BEAT_S = 1.0
STUCK_AFTER_S = 150.0
"""A worker that has had a frame for so long is treated likewise, whatever it says."""

_MOST_WANTS = 16


@dataclass(slots=True, eq=False)
class Worker:
    """One worker's process. `id` is its own for life, `route` that of its present connection."""

    id: str
    route: bytes
    name: str
    model: str
    heard: float
    jobs: dict[Key, Job] = field(default_factory=dict)
    wants: deque[float] = field(default_factory=deque)
    answered: int = 0
    busy_s: float = 0.0

    def is_dead(self, now: float) -> bool:
        """Whether it was silent, or had a frame, for too long."""
        oldest = next(iter(self.jobs.values()), None)
        return now - self.heard > DEAD_AFTER_S or (oldest is not None and now - oldest.handed > STUCK_AFTER_S)


class Workforce:
    """Workers by their connections; those that have wanted a frame for longest come first."""

    def __init__(self) -> None:
        self.by_route: dict[bytes, Worker] = {}
        self._wanting: deque[tuple[bytes, float]] = deque()

    def join(self, worker: Worker) -> Worker | None:
        """Take in a worker that said hello; the same one under an earlier connection, which counts no longer."""
        earlier = next((one for one in self.by_route.values() if one.id == worker.id), None)
        if earlier:
            self.leave(earlier)
        self.by_route[worker.route] = worker
        return earlier

    def leave(self, worker: Worker) -> None:
        del self.by_route[worker.route]
        self._wanting = deque(one for one in self._wanting if one[0] != worker.route)

    def want(self, worker: Worker, since: float) -> None:
        """A worker wants one more frame, behind all who do; what it asks beyond reason is passed over."""
        if len(worker.wants) < _MOST_WANTS:
            worker.wants.append(since)
            self._wanting.append((worker.route, since))

    @property
    def wanting(self) -> int:
        """How many frames are wanted."""
        return len(self._wanting)

    def next(self) -> tuple[Worker, float]:
        """The worker that has wanted a frame for longest, and since when. There must be one."""
        route, since = self._wanting.popleft()
        worker = self.by_route[route]
        worker.wants.popleft()
        return worker, since

    def dead(self, now: float) -> list[Worker]:
        """Those that are to be taken for dead."""
        return [worker for worker in self.by_route.values() if worker.is_dead(now)]

    def excuse(self, now: float) -> None:
        """Nobody can have been heard while the hub itself stood still."""
        for worker in self.by_route.values():
            worker.heard = now
