from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kenali.serve import metrics

WORKER = """
import sys
from kenali.serve import metrics
metrics.worker_started()
metrics.loaded("cats", "0123456789ab")
metrics.queue(3, 64)
for _ in range(5):
    metrics.request_began()
    metrics.observe_request("/v1/models/{name}/predict", "POST", 200, 0.02)
metrics.request_began()
metrics.observe_photo("cats", "tabby", "known")
metrics.observe_steps("cats", 0.01, 0.001, 0.02, 4)
print("ready", flush=True)
sys.stdin.read()
"""
SUPERVISOR = """
import sys
from kenali.serve import metrics
for pid in sys.argv[1:]:
    metrics.worker_died(int(pid))
sys.stdout.buffer.write(metrics.exposition())
"""


def numbers(text: str) -> dict[str, float]:
    """Each sample by its name and the values of its labels, these in the order of their names."""
    return {
        " ".join((sample.name, *(sample.labels[name] for name in sorted(sample.labels)))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_workers_are_summed_and_the_killed_lose_nothing(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def supervise(*dead: int) -> dict[str, float]:
        command = [sys.executable, "-c", SUPERVISOR, *map(str, dead)]
        return numbers(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)

    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline().strip() == b"ready"
        both = supervise()
        assert both["kenali_workers"] == 2
        assert both["kenali_queue_capacity"] == 128
        assert both["kenali_requests_in_flight"] == 2
        assert both["kenali_model_workers 0123456789ab cats"] == 2
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        one = supervise(workers[0].pid)
        assert one["kenali_workers"] == 1
        assert one["kenali_queue_photos"] == 3
        assert one["kenali_requests_in_flight"] == 1
        assert one["kenali_worker_restarts_total"] == 1
        for counted in (both, one):
            assert counted["kenali_requests_total POST /v1/models/{name}/predict 200"] == 10
            assert counted["kenali_request_seconds_count /v1/models/{name}/predict"] == 10
            assert counted["kenali_photos_total tabby cats known"] + counted["kenali_batch_photos_sum cats"] == 10
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def test_a_clients_own_words_are_no_labels() -> None:
    metrics.request_began()
    metrics.observe_request("other", "BREW", 405, 0.001)
    found = numbers(metrics._gathered().decode())
    assert found["kenali_requests_total other other 405"] == 1


def test_the_same_text_is_handed_out_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = iter([b"first", b"second"])
    monkeypatch.setattr(metrics, "_gathered", lambda: next(texts))
    kept = metrics._Exposition()
    assert [kept.text() for _ in range(3)] == [b"first"] * 3
