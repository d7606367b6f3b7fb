"""Batches form while runners are busy, never hold what nobody waits for, and pass errors on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from kenali.serve.batching import Answered, Batcher

Body = Callable[[Batcher[int, int], list[list[int]], threading.Event], Awaitable[None]]


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
        tasks = [asyncio.create_task(batcher.answer(n)) for n in range(6)]
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
        tasks = [asyncio.create_task(batcher.answer(n)) for n in range(5)]
        await asyncio.gather(*tasks)
        assert batches == [[0, 1, 2, 3], [4]]

    with_batcher(body, max_wait_s=0.01)


def test_nobodys_questions_are_not_run() -> None:
    async def body(batcher: Batcher[int, int], batches: list[list[int]], gate: threading.Event) -> None:
        tasks = [asyncio.create_task(batcher.answer(n)) for n in range(4)]
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
            await batcher.answer(13)
        assert (await batcher.answer(3)).value == 9

    with_batcher(body)


def test_runners_work_side_by_side() -> None:
    async def body(batcher: Batcher[int, int], batches: list[list[int]], gate: threading.Event) -> None:
        tasks = [asyncio.create_task(batcher.answer(n)) for n in range(3)]
        await begun(tasks)
        assert batcher.waiting == 1
        gate.set()
        assert [item.value for item in await asyncio.gather(*tasks)] == [0, 1, 4]

    with_batcher(body, runners=2)
