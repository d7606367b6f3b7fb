"""Keys, rates, metrics and TLS of a real server with two workers, one of which is killed."""

from __future__ import annotations

import signal
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kenali.serve.security.keys import KeyFile
from tests.serve.security.certificate import write_certificate
from tests.serve.server import Server, serving
from tests.serve.test_metrics import numbers
from tests.serve.test_server import wait_until
from tests.tiny import coloured, write_tiny_bundle

ANSWERED = "kenali_requests_total POST /v1/models/{name}/predict 200"


@dataclass(frozen=True)
class Safe:
    server: Server
    keys: KeyFile
    admin: str
    certificate: Path

    def client(self, secret: str) -> httpx.Client:
        """A client whose every request opens a connection of its own, so that all workers meet it."""
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        return httpx.Client(
            base_url=self.server.url,
            headers={"Authorization": f"Bearer {secret}", "Connection": "close"},
            verify=trusted,
            timeout=30,
        )

    def metrics(self) -> dict[str, float]:
        try:
            with self.client(self.admin) as client:
                return numbers(client.get("/metrics").text)
        except httpx.TransportError:  # the worker that had taken the connection was killed
            return self.metrics()


@pytest.fixture(scope="module")
def safe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Safe]:
    folder = tmp_path_factory.mktemp("safe")
    certificate, key = write_certificate(folder)
    keys = KeyFile(folder / "state")
    _, admin = keys.add("boss", ["admin"])
    bundle = write_tiny_bundle(folder / "colours")
    with serving(folder / "state", bundle, "--workers", "2", "--cert", certificate, "--key", key) as server:
        yield Safe(server, keys, admin, certificate)


def test_strangers_and_plain_text_are_refused(safe: Safe) -> None:
    with safe.client("kenali_wrong") as client:
        answer = client.get("/v1/models")
        assert answer.status_code == 401
        assert "max-age" in answer.headers["strict-transport-security"]
    with pytest.raises(httpx.TransportError):
        httpx.get(safe.server.url.replace("https", "http") + "/healthz", timeout=10)
    old = ssl.create_default_context(cafile=str(safe.certificate))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES128-SHA")
    with pytest.raises(httpx.TransportError), httpx.Client(verify=old) as client:
        client.get(safe.server.url + "/healthz")


def wait_until_known(safe: Safe, secret: str) -> None:
    """Until both workers have read the keys, which they do once a second."""
    with safe.client(secret) as client:
        wait_until(lambda: all(client.get("/v1/models").status_code == 200 for _ in range(8)))


def test_a_rate_is_one_for_all_workers(safe: Safe) -> None:
    _, slow = safe.keys.add("slow", rate=0.001)
    _, probe = safe.keys.add("probe")
    wait_until_known(safe, probe)
    with safe.client(slow) as client:
        assert [client.get("/v1/models").status_code for _ in range(10)] == [200] + [429] * 9


def test_a_revoked_key_is_refused_by_both_workers(safe: Safe) -> None:
    key, secret = safe.keys.add("short")
    wait_until_known(safe, secret)
    safe.keys.revoke(key.id)
    with safe.client(secret) as client:
        refused = (401, 429)  # wrong keys are soon slowed down
        wait_until(lambda: all(client.get("/v1/models").status_code in refused for _ in range(8)), within_s=5)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_a_killed_worker_takes_no_count_and_no_lock_along(safe: Safe) -> None:
    _, secret = safe.keys.add("line")
    wait_until_known(safe, secret)
    red = coloured("red")
    with safe.client(secret) as client:

        def ask() -> int:
            return client.post("/v1/models/colours/predict", content=red).status_code

        assert [ask() for _ in range(10)] == [200] * 10
        wait_until(lambda: safe.metrics().get(ANSWERED) == 10)
        before = safe.metrics()
        assert before["kenali_workers"] == 2
        victim = next(process for process in safe.server.workers if f"kenali_memory_bytes worker {process.pid}" in before)
        victim.send_signal(signal.SIGKILL)
        wait_until(lambda: safe.metrics()["kenali_worker_restarts_total"] == before["kenali_worker_restarts_total"] + 1)
        wait_until(lambda: safe.metrics()["kenali_workers"] == 2)
        assert safe.metrics()[ANSWERED] == 10
        assert [ask() for _ in range(10)] == [200] * 10
        wait_until(lambda: safe.metrics()[ANSWERED] == 20)
    log = [line for path in (safe.keys.path.parent / "audit").iterdir() for line in path.read_text().splitlines()]
    assert sum('"model":"colours"' in line for line in log) == 20
