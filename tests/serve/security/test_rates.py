from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kenali.serve.security import rates
from kenali.serve.security.rates import Rates
from tests.serve.security.processes import ask, hold

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def table(tmp_path: Path) -> Rates:
    return Rates(tmp_path)


def test_a_burst_passes_and_then_the_rate(table: Rates) -> None:
    verdicts = [table.charge("a", rate=2, burst=4, now=100) for _ in range(6)]
    assert [verdict.allowed for verdict in verdicts] == [True] * 4 + [False] * 2
    assert [verdict.remaining for verdict in verdicts] == [3, 2, 1, 0, 0, 0]
    assert verdicts[-1].retry_after_s == pytest.approx(0.5)
    assert not table.charge("a", 2, 4, now=100.49).allowed
    assert table.charge("a", 2, 4, now=100.5).allowed
    assert not table.charge("a", 2, 4, now=100.5).allowed
    assert all(table.charge("a", 2, 4, now=200).allowed for _ in range(4))


def test_others_have_rates_of_their_own(table: Rates) -> None:
    assert table.charge("a", 1, 1, now=1).allowed
    assert not table.charge("a", 1, 1, now=1).allowed
    assert table.charge("b", 1, 1, now=1).allowed


def test_refused_requests_cost_nothing(table: Rates) -> None:
    for _ in range(100):
        table.charge("a", 1, 2, now=10)
    assert table.charge("a", 1, 2, now=11).allowed


def test_headers_follow_the_draft(table: Rates) -> None:
    verdict = table.charge("a", rate=10, burst=20, now=5)
    assert verdict.headers() == [(b"ratelimit-policy", b'"key";q=20;w=2'), (b"ratelimit", b'"key";r=19;t=1')]


@given(
    rate=st.floats(0.1, 1000),
    burst=st.integers(1, 50),
    waits=st.lists(st.floats(0, 2, allow_subnormal=False), min_size=1, max_size=80),
)
def test_never_more_than_burst_and_rate_together(
    tmp_path_factory: pytest.TempPathFactory, rate: float, burst: int, waits: list[float]
) -> None:
    table = Rates(tmp_path_factory.mktemp("run"))
    now, passed = 1000.0, 0
    for wait in waits:
        now += wait
        passed += table.charge("a", rate, burst, now).allowed
    table.close()
    assert passed <= burst + rate * (now - 1000.0) + 1e-6


def test_a_full_table_forgets_who_owes_least(table: Rates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "SLOTS", rates.PROBES + 1)  # all share the same places
    for number in range(rates.PROBES):
        for _ in range(number + 1):
            table.charge(str(number), rate=1, burst=100, now=0)
    assert table.charge("new", 1, 100, now=0).remaining == 99
    assert table.charge("7", 1, 100, now=0).remaining == 91
    assert table.charge("0", 1, 100, now=0).remaining == 99  # was forgotten


def test_workers_share_one_allowance(tmp_path: Path) -> None:
    receiving, sending = SPAWN.Pipe(duplex=False)
    workers = [SPAWN.Process(target=ask, args=(tmp_path, 80, sending)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(receiving.recv() for _ in workers) == 100


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_a_worker_killed_with_the_lock_in_hand_stops_nobody(tmp_path: Path) -> None:
    table = Rates(tmp_path)
    receiving, sending = SPAWN.Pipe(duplex=False)
    worker = SPAWN.Process(target=hold, args=(tmp_path / "rates.lock", sending))
    worker.start()
    assert receiving.recv()
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    assert table.charge("a", 1, 1).allowed
