"""What a client asked for is dropped when it leaves, and only then."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from kenali.serve.departure import unless_gone


def answered(*messages: str, work_s: float) -> str:
    """The answer to a client that sends these messages, then nothing."""
    rest = list(messages)
    ended: list[bool] = []

    async def receive() -> Message:
        if not rest:
            await asyncio.Event().wait()
        return {"type": rest.pop(0)}

    async def work() -> str:
        try:
            await asyncio.sleep(work_s)
        except asyncio.CancelledError:
            ended.append(True)
            raise
        return "answer"

    async def main() -> str:
        try:
            return await unless_gone(receive, work())
        finally:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    try:
        return asyncio.run(main())
    finally:
        assert ended == [True] * (work_s > 1)


def test_who_waits_is_answered() -> None:
    assert answered(work_s=0) == "answer"
    assert answered("http.request", work_s=0.01) == "answer"


def test_who_leaves_is_forgotten() -> None:
    with pytest.raises(ClientDisconnect):
        answered("http.request", "http.disconnect", work_s=60)
