"""Questions of several requests answered together: at once while a runner is free, gathered while all are busy."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

Question = TypeVar("Question")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Answered(Generic[Value]):
    """A question's value, how long it waited, how long its batch ran (seconds), and how many questions that held."""

    value: Value
    waited_s: float
    ran_s: float
    batch: int


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Question, Value]):
    question: Question
    since: float
    future: asyncio.Future[Answered[Value]]


class Batcher(Generic[Question, Value]):
    """Answers questions by `run`, which takes some and gives as many values, in threads of `executor`.

    At most `runners` calls run at a time, each with at most `max_batch` questions. While one is free, a question is taken at
    once, or, where `max_wait_s` is above 0, as soon as a batch is full or its oldest question has waited that long. Questions
    whose caller was cancelled are passed over. To be used from one event loop.
    """

    def __init__(
        self,
        run: Callable[[list[Question]], Sequence[Value]],
        executor: Executor,
        *,
        runners: int,
        max_batch: int = 1,
        max_wait_s: float = 0.0,
    ) -> None:
        self._run = run
        self._executor = executor
        self._free = runners
        self._max_batch = max_batch
        self._max_wait_s = max_wait_s
        self._waiting: deque[_Waiting[Question, Value]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Questions that no runner has taken yet."""
        return sum(not item.future.done() for item in self._waiting)

    async def answer(self, question: Question) -> Answered[Value]:
        """The value for one question. Raises what `run` raised for its batch."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answered[Value]] = loop.create_future()
        self._waiting.append(_Waiting(question, time.monotonic(), future))
        self._launch()
        return await future

    def _launch(self) -> None:
        """Hand the free runners what is due."""
        while self._free and (batch := self._due()):
            self._free -= 1
            started = time.monotonic()
            running = asyncio.get_running_loop().run_in_executor(self._executor, self._timed, [item.question for item in batch])
            running.add_done_callback(partial(self._finish, batch, started))

    def _due(self) -> list[_Waiting[Question, Value]]:
        while self._waiting and self._waiting[0].future.done():
            self._waiting.popleft()
        if not self._waiting:
            return []
        left_s = self._waiting[0].since + self._max_wait_s - time.monotonic()
        if len(self._waiting) < self._max_batch and left_s > 0:
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(left_s, self._wake)
            return []
        batch: list[_Waiting[Question, Value]] = []
        while self._waiting and len(batch) < self._max_batch:
            item = self._waiting.popleft()
            if not item.future.done():
                batch.append(item)
        return batch

    def _wake(self) -> None:
        self._timer = None
        self._launch()

    def _timed(self, questions: list[Question]) -> tuple[Sequence[Value], float]:
        begun = time.monotonic()
        return self._run(questions), time.monotonic() - begun

    def _finish(
        self,
        batch: list[_Waiting[Question, Value]],
        started: float,
        done: asyncio.Future[tuple[Sequence[Value], float]],
    ) -> None:
        self._free += 1
        error = asyncio.CancelledError() if done.cancelled() else done.exception()
        for number, item in enumerate(batch):
            if item.future.done():
                continue
            if error is not None:
                item.future.set_exception(error) if not done.cancelled() else item.future.cancel()
            else:
                values, ran_s = done.result()
                item.future.set_result(Answered(values[number], started - item.since, ran_s, len(batch)))
        self._launch()
