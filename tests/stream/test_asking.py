"""When a worker asks: early enough to be busy, late enough for fresh frames."""

from __future__ import annotations

import math

import pytest

from kenali.stream.asking import Asking, Smoothed


def looked_at(asking: Asking, start: float, look_s: float, lag_s: float) -> float:
    """Ask, get a frame and look at it: when that is done."""
    asking.asked(start)
    asking.came(start + lag_s, 0.0, patient=False)
    asking.done(start + lag_s + look_s)
    return start + lag_s + look_s


def test_an_idle_worker_asks_at_once_and_once() -> None:
    asking = Asking()
    assert asking.due() == 0.0
    asking.asked(1.0)
    assert asking.due() == math.inf
    asking.forgotten()
    assert asking.due() == 0.0


def test_it_asks_a_little_more_than_the_way_before_it_is_done() -> None:
    asking, now = Asking(), 0.0
    for _ in range(100):
        now = looked_at(asking, now, look_s=0.05, lag_s=0.002)
    asking.asked(now)
    asking.came(now + 0.002, 0.0, patient=False)
    done = now + 0.002 + 0.05
    assert 0.002 <= done - asking.due() < 0.004


def test_time_that_the_hub_had_no_frame_is_not_on_the_way() -> None:
    asking, now = Asking(), 0.0
    for _ in range(50):
        asking.asked(now)
        asking.came(now + 1.002, 1.0, patient=False)
        now += 1.052
        asking.done(now)
    asking.asked(now)
    asking.came(now, 0.0, patient=False)
    assert asking.due() == pytest.approx(now + 0.05, abs=0.005)


def test_frames_that_do_not_grow_old_are_asked_for_ahead_but_not_hoarded() -> None:
    asking = Asking()
    asking.asked(0.0)
    asking.came(0.1, 0.0, patient=True)
    assert asking.due() == 0.0
    asking.asked(0.1)
    asking.came(0.2, 0.0, patient=True)
    assert asking.due() == math.inf
    asking.done(0.3)
    assert asking.due() == 0.0


def test_how_long_the_frame_at_hand_takes() -> None:
    asking = Asking()
    assert asking.looking_s(5.0) == 0.0
    asking.asked(1.0)
    asking.came(2.0, 0.0, patient=False)
    assert asking.looking_s(5.0) == 3.0


def test_means_and_deviations_follow_what_comes() -> None:
    smoothed = Smoothed()
    for _ in range(200):
        smoothed.add(3.0)
    assert smoothed.mean == pytest.approx(3.0)
    assert smoothed.deviation == pytest.approx(0.0, abs=1e-6)
