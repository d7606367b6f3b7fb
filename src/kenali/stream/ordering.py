"""Answers in the order of their frames, though several workers give them as they are done."""

from __future__ import annotations

from kenali.stream.values import Answer

_PATIENCE_NS = 300_000_000
_MOST_WAITING = 64


class Ordering:
    """Puts the answers to one run of one camera in order.

    `alone` says that the hub has one worker, which answers in order anyway: then nothing waits. With several, an answer waits
    for those to earlier frames: .3 s at most, since a frame that was dropped is never answered. One that comes later still is
    counted in `late`, and left out unless it is wanted `however_late`.
    """

    def __init__(self, however_late: bool = False) -> None:
        self.late = 0
        self._however_late = however_late
        self._next = 0
        self._waiting: dict[int, tuple[int, Answer]] = {}

    def add(self, answer: Answer, now_ns: int, alone: bool = False) -> list[Answer]:
        """Takes an answer; those whose turn it is."""
        if answer.stamp.sequence >= self._next:
            self._waiting[answer.stamp.sequence] = now_ns, answer
            return self.due(now_ns, alone)
        self.late += 1
        return [*([answer] if self._however_late else []), *self.due(now_ns, alone)]

    def due(self, now_ns: int, alone: bool = False) -> list[Answer]:
        """The answers that need wait no longer, in order; of one worker, or where no more will come, that is all."""
        last = max(
            (
                sequence
                for sequence, (came_ns, _) in self._waiting.items()
                if alone or now_ns - came_ns >= _PATIENCE_NS or len(self._waiting) > _MOST_WAITING
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
