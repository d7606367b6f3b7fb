"""Questions of several requests answered together: at once while a runner is free, gathered while all are busy."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, InvalidStateError
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

Question = TypeVar("Question")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Answered(Generic[Value]):
    """A question's value; when it was asked (monotonic clock), how long it waited, how long its batch ran (seconds), and how
    many questions that held.
    """

    value: Value
    asked: float
    waited_s: float
    ran_s: float
    batch: int


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Question, Value]):
    question: Question
    since: float
    future: Future[Answered[Value]]


class Batcher(Generic[Question, Value]):
    """Answers questions by `run`, which takes some and gives as many values, in threads of `executor`.

    At most `runners` calls are handed out at a time, each with at most `max_batch` questions. While one is free, a question is
    taken at once, or, where `max_wait_s` is above 0, as soon as a batch is full or its oldest question has waited that long.
    Questions that were cancelled are passed over. To be asked from any thread: what decodes a photo asks here itself, since a
    step through the event loop costs more than the batching.
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
        self._changing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        """Questions that no runner has taken yet."""
        with self._changing:
            return sum(not item.future.done() for item in self._waiting)

    def ask(self, question: Question, answer: Future[Answered[Value]]) -> None:
        """Have `answer` become the value for one question, or what `run` raised for its batch."""
        with self._changing:
            self._waiting.append(_Waiting(question, time.monotonic(), answer))
            self._launch()

    def _launch(self) -> None:
        """Hand the free runners what is due; the lock is held."""
        while not self._closed and self._free and (batch := self._due()):
            self._free -= 1
            try:
                self._executor.submit(self._answer, batch).add_done_callback(partial(self._ended, batch))
            except RuntimeError:
                self._drop(batch)
        if self._closed:
            self._drop([])

    def _due(self) -> list[_Waiting[Question, Value]]:
        while self._waiting and self._waiting[0].future.done():
            self._waiting.popleft()
        if not self._waiting:
            return []
        left_s = self._waiting[0].since + self._max_wait_s - time.monotonic()
        if len(self._waiting) < self._max_batch and left_s > 0:
            if self._timer is None:
                self._timer = threading.Timer(left_s, self._wake)
                self._timer.daemon = True
                self._timer.start()
            return []
        batch: list[_Waiting[Question, Value]] = []
        while self._waiting and len(batch) < self._max_batch:
            item = self._waiting.popleft()
            if not item.future.done():
                batch.append(item)
        return batch

    def _wake(self) -> None:
        with self._changing:
            self._timer = None
            self._launch()

    def _ended(self, batch: list[_Waiting[Question, Value]], run: Future[None]) -> None:
        """A batch has been run, or the executor was shut down before; whose lock is held then, so ours must not be."""
        if run.cancelled():
            self._drop(batch)

    def _drop(self, batch: list[_Waiting[Question, Value]]) -> None:
        """The executor takes no more: neither the batch nor what waits will be answered."""
        self._closed = True
        with contextlib.suppress(IndexError):
            while True:
                batch.append(self._waiting.popleft())
        for item in batch:
            item.future.cancel()

    def _answer(self, batch: list[_Waiting[Question, Value]]) -> None:
        """Run a batch, in a thread of the executor."""
        begun = time.monotonic()
        values: Sequence[Value] = ()
        failure: Exception | None = None
        try:
            values = self._run([item.question for item in batch])
        except Exception as error:
            failure = error
        ran_s = time.monotonic() - begun
        with self._changing:
            self._free += 1
            self._launch()
        for number, item in enumerate(batch):
            with contextlib.suppress(InvalidStateError):  # its caller was cancelled
                if failure is not None:
                    item.future.set_exception(failure)
                else:
                    waited_s = begun - item.since
                    item.future.set_result(Answered(values[number], item.since, waited_s, ran_s, len(batch)))
