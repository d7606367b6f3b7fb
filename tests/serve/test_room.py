"""Room for so many photos: let in, turned away, and told when to come back."""

from __future__ import annotations

import pytest

from kenali.serve.room import Busy, Room


def test_room_is_given_back_whatever_happens() -> None:
    room = Room(2)
    with room.enter(1), room.enter(5):  # large requests are let in while any room is left
        assert room.inside == 6
        with pytest.raises(Busy), room.enter(1):
            pass
        with pytest.raises(Busy):
            room.check()
    with pytest.raises(KeyError), room.enter(1):
        raise KeyError
    assert room.inside == 0
    room.check()


def test_the_time_to_come_back_follows_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("kenali.serve.room.time.monotonic", lambda: now)
    room = Room(40)
    assert room.throughput == 0
    for _ in range(400):
        now += 0.1
        with room.enter(1):
            pass
    assert room.throughput == pytest.approx(10, rel=0.05)
    with room.enter(40), pytest.raises(Busy) as caught:
        room.check()
    assert caught.value.retry_after_s == pytest.approx(4, abs=1)
    now += 1000
    assert room.throughput == pytest.approx(0)
    with room.enter(40):
        assert room.retry_after_s == 30
