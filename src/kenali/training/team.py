"""Several processes that train one network together: each takes its share of every batch, all take the same step.

Nothing here starts a process: `torch.distributed` is connected already, by whoever did. A team of one connects to nothing.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Share:
    """The rows `start` to `stop` of a batch of `total`, which are one process's own; `repeated` processes have the same."""

    start: int
    stop: int
    total: int
    repeated: int = 1

    @property
    def divided(self) -> bool:
        """Whether other rows are in other hands."""
        return self.stop - self.start < self.total


@dataclass(frozen=True, slots=True)
class Team:
    """The process `rank` of `size` that train together; by default one alone."""

    rank: int = 0
    size: int = 1

    def share(self, n: int) -> Share:
        """This process's rows of a batch of `n`: neighbours, as many as the others have, give or take one.

        Of a batch smaller than the team everybody takes the whole: no network need ever see an empty one.
        """
        if n < self.size:
            return Share(0, n, n, repeated=self.size)
        return Share(n * self.rank // self.size, n * (self.rank + 1) // self.size, n)

    def add_up(self, tensor: Any) -> Any:
        """Add up the tensors of all processes, in place, everywhere to the same bits."""
        if self.size > 1:
            from torch import distributed

            distributed.all_reduce(tensor)
        return tensor

    def wait(self) -> None:
        """Until all processes have come so far."""
        if self.size > 1:
            from torch import distributed

            distributed.barrier()

    def as_one(self, share: Share) -> AbstractContextManager[Any]:
        """In this context a network answers for the rows of `share` as it would for them among the whole batch."""
        if not share.divided:
            return nullcontext()
        from kenali.training.as_one import AsOne

        return AsOne(self, share)
