"""Batches form while runners are busy, never hold what nobody waits for, and pass errors on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import pytest

from kenali.serve.batching import Answered, Batcher

Value = TypeVar("Value")
Body = Callable[[Batcher[int, int], list[list[int]], threading.Event], Awaitable[None]]


def asked(batcher: Batcher[int, Value], question: int) -> Future[Answered[Value]]:
    future: Future[Answered[Value]] = Future()
    batcher.ask(question, future)
    return future


async def answer(batcher: Batcher[int, int], question: int) -> Answered[int]:
    return await asyncio.wrap_future(asked(batcher, question))


def with_batcher(body: Body, *, runners: int = 1, max_batch: int = 4, max_wait_s: float = 0.0) -> None:
    """Run `body` with a batcher that squares, the batches it ran, and the gate that each of them waits at."""
    batches: list[list[int]] = []
    gate = threading.Event()

    def square(questions: list[int]) -> list[int]:
        batches.append(questions)
        gate.wait(10)
        if 13 in questions:
            raise ValueError("unlucky")
        return [question**2 for question in questions]

    async def main() -> None:
        with ThreadPoolExecutor(runners) as executor:
            batcher = Batcher(square, executor, runners=runners, max_batch=max_batch, max_wait_s=max_wait_s)
            try:
                await body(batcher, batches, gate)
            finally:
                gate.set()

    asyncio.run(main())


async def begun(tasks: list[asyncio.Task[Answered[int]]]) -> None:
    """Let every task ask its question."""
    for _ in tasks:
        await asyncio.sleep(0)


def test_questions_gather_while_the_runner_is_busy() -> None:
    async def body(batcher: Batcher[int, int], batches: list[list[int]], gate: threading.Event) -> None:
        tasks = [asyncio.create_task(answer(batcher, n)) for n in range(6)]
        await begun(tasks)
        assert batcher.waiting == 5
        gate.set()
        answered = await asyncio.gather(*tasks)
        assert [item.value for item in answered] == [0, 1, 4, 9, 16, 25]
        assert [item.batch for item in answered] == [1, 4, 4, 4, 4, 1]
        assert batches == [[0], [1, 2, 3, 4], [5]]

    with_batcher(body)


def test_a_full_batch_does_not_wait_and_an_old_one_goes_alone() -> None:
    async def body(batcher: Batcher[int, int], batches: list[list[int]], gate: threading.Event) -> None:
        gate.set()
        tasks = [asyncio.create_task(answer(batcher, n)) for n in range(5)]
        await asyncio.gather(*tasks)
        assert batches == [[0, 1, 2, 3], [4]]

    with_batcher(body, max_wait_s=0.3)


def test_nobodys_questions_are_not_run() -> None:
    async def body(batcher: Batcher[int, int], batches: list[list[int]], gate: threading.Event) -> None:
        tasks = [asyncio.create_task(answer(batcher, n)) for n in range(4)]
        await begun(tasks)
        for task in (tasks[0], tasks[2]):  # one in the runner, one that waits
            task.cancel()
        await asyncio.sleep(0)
        gate.set()
        answered = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(item, asyncio.CancelledError) for item in answered] == [True, False, True, False]
        assert batches == [[0], [1, 3]]

    with_batcher(body)


def test_an_error_reaches_its_batch_and_no_other() -> None:
    async def body(batcher: Batcher[int, int], batches: list[list[int]], gate: threading.Event) -> None:
        gate.set()
        with pytest.raises(ValueError, match="unlucky"):
            await answer(batcher, 13)
        assert (await answer(batcher, 3)).value == 9

    with_batcher(body)


def test_runners_work_side_by_side() -> None:
    async def body(batcher: Batcher[int, int], batches: list[list[int]], gate: threading.Event) -> None:
        tasks = [asyncio.create_task(answer(batcher, n)) for n in range(3)]
        await begun(tasks)
        assert batcher.waiting == 1
        gate.set()
        assert [item.value for item in await asyncio.gather(*tasks)] == [0, 1, 4]

    with_batcher(body, runners=2)


def test_what_a_closed_executor_never_began_is_cancelled() -> None:
    gate = threading.Event()
    executor = ThreadPoolExecutor(1)
    batcher: Batcher[int, bool] = Batcher(lambda questions: [gate.wait(10) for _ in questions], executor, runners=2)
    running, handed, waiting = (asked(batcher, number) for number in range(3))
    executor.shutdown(wait=False, cancel_futures=True)
    gate.set()
    assert running.result(10).value
    assert handed.cancelled()
    executor.shutdown(wait=True)
    assert waiting.cancelled()
    assert asked(batcher, 4).cancelled()


def test_questions_may_come_from_any_thread() -> None:
    with ThreadPoolExecutor(2) as executor, ThreadPoolExecutor(8) as askers:
        batcher: Batcher[int, int] = Batcher(lambda questions: [n * n for n in questions], executor, runners=3, max_batch=4)
        futures = list(askers.map(partial(asked, batcher), range(500)))
        assert [future.result(10).value for future in futures] == [n * n for n in range(500)]
