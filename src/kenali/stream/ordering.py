"""Answers in the order of their frames, though several workers give them as they are done."""

from __future__ import annotations

from kenali.stream.values import Answer

_PATIENCE_NS = 300_000_000
_REMEMBERED_NS = 10 * 10**9
_MOST_WAITING = 64


class Ordering:
    """Puts the answers to one run of one camera in order. With one worker, which answers in order anyway, nothing ever waits.

    With several, an answer waits for those to earlier frames: .3 s at most, since a frame that was dropped is never answered.
    One that comes later still is counted in `late`, and left out.
    """

    def __init__(self) -> None:
        self.late = 0
        self._next = 0
        self._waiting: dict[int, tuple[int, Answer]] = {}
        self._workers: dict[str, int] = {}

    def add(self, answer: Answer, now_ns: int) -> list[Answer]:
        """Takes an answer; those whose turn it is."""
        self._workers[answer.worker] = now_ns
        if answer.stamp.sequence < self._next:
            self.late += 1
        else:
            self._waiting[answer.stamp.sequence] = now_ns, answer
        return self.due(now_ns)

    def due(self, now_ns: int) -> list[Answer]:
        """The answers that need wait no longer, in order."""
        self._workers = {worker: at for worker, at in self._workers.items() if now_ns - at < _REMEMBERED_NS}
        last = max(
            (
                sequence
                for sequence, (came_ns, _) in self._waiting.items()
                if len(self._workers) < 2 or now_ns - came_ns >= _PATIENCE_NS or len(self._waiting) > _MOST_WAITING
            ),
            default=-1,
        )
        found: list[Answer] = []
        while self._waiting:
            first = min(self._waiting)
            if first > last and first != self._next:
                break
            found.append(self._waiting.pop(first)[1])
            self._next = first + 1
        return found
