"""The server as its users meet it: a process, under signals, kills, replacement and clients that misbehave."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

import kenali
from kenali.serve.security.keys import SCOPES, KeyFile
from tests.serve.server import Server, serving
from tests.tiny import coloured, write_tiny_bundle

RED = coloured("red")
HEAD = b"POST /v1/models/colours/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: %d\r\n"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bundle(tmp_path_factory.mktemp("served") / "colours", doubting=True)


@pytest.fixture(scope="module")
def server(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("state"), bundle, "--no-spare") as running:
        yield running


def connected(server: Server) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=20)


def wait_until(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def test_a_photo_is_named(server: Server) -> None:
    answer = httpx.post(f"{server.url}/v1/models/colours/predict", content=RED, headers={"Content-Type": "image/png"})
    assert answer.status_code == 200
    assert answer.json()["predictions"][0]["label"] == "red"
    assert "server" not in answer.headers


def test_a_long_body_is_refused_before_it_is_sent(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(HEAD % 999_999_999 + b"Expect: 100-continue\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_long_body_that_is_sent_all_the_same_is_read_away(server: Server) -> None:
    """So that clients that send first and listen later see the answer, and the connection serves again."""
    with httpx.Client() as client:
        for _ in range(2):
            answer = client.post(f"{server.url}/v1/models/colours/predict", content=bytes(40_000_000))
            assert (answer.status_code, answer.json()["reason"]) == (413, "too-many-bytes")


def test_endless_headers_are_cut_off(server: Server) -> None:
    with connected(server) as connection, pytest.raises(OSError):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        for number in range(10_000):
            connection.sendall(b"X-%d: %s\r\n" % (number, b"a" * 1000))


def test_garbage_is_no_request(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_a_port_that_is_taken_is_told_in_a_sentence(server: Server, bundle: Path, tmp_path: Path) -> None:
    from tests.cli.test_commands import kenali as command

    done = command("serve", bundle, "--port", str(urlsplit(server.url).port), "--state", tmp_path)
    assert done.returncode == 1
    assert "choose another by --port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_bundle_is_told_in_a_sentence(bundle: Path, tmp_path: Path) -> None:
    from tests.cli.test_commands import kenali as command

    (tmp_path / "kenali.json").write_text("{}")
    done = command("serve", tmp_path, "--port", "0", "--state", tmp_path / "state")
    assert done.returncode == 1
    assert "has bundle format None" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGTERM")
def test_sigterm_lets_requests_end(bundle: Path, tmp_path: Path) -> None:
    """One request is half sent when the server is told to stop."""
    with serving(tmp_path / "state", bundle, "--no-spare") as server, connected(server) as connection:
        connection.sendall(HEAD % len(RED) + b"\r\n" + RED[:20])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not accepts(server))
        connection.sendall(RED[20:])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in answer
        assert server.process.wait(30) == 0


def accepts(server: Server) -> bool:
    try:
        connected(server).close()
    except OSError:
        return False
    return True


def _some_answers(answered: list[int], asking: list[Future[None]]) -> None:
    """Wait until every asker got six more answers, or one of them failed."""
    until = max(answered) + 5
    wait_until(lambda: min(answered) > until or any(each.done() for each in asking))


def test_under_load_a_bundle_is_replaced_and_a_worker_killed(bundle: Path, tmp_path: Path) -> None:
    """Replacing fails no request at all; of a kill clients see only errors that they may retry."""
    _, key = KeyFile(tmp_path / "state").add("tests", SCOPES)
    with serving(tmp_path / "state", bundle, "--workers", "2") as server:
        stop, retried = threading.Event(), threading.Event()

        def ask(answered: list[int], number: int) -> None:
            with kenali.Client(server.url, key=key, attempts=8 if retried.is_set() else 1) as client:
                while not stop.is_set():
                    assert client.predict("colours", RED).label == "red"
                    answered[number] += 1

        def while_asked(act: Callable[[], None]) -> None:
            stop.clear()
            answered = [0, 0, 0]
            with ThreadPoolExecutor(len(answered)) as pool:
                asking = [pool.submit(ask, answered, number) for number in range(len(answered))]
                try:
                    _some_answers(answered, asking)
                    act()
                    _some_answers(answered, asking)
                finally:
                    stop.set()
                for each in asking:
                    each.result()

        def replace() -> None:
            with kenali.Client(server.url, key=key) as client:
                before = client.model("colours").bundle
                other = write_tiny_bundle(tmp_path / "colours", golden=1, doubting=True)
                assert client.install("colours", other).bundle != before

        def kill() -> None:
            workers = {worker.pid for worker in server.workers}
            psutil.Process(min(workers)).kill()
            wait_until(lambda: bool({worker.pid for worker in server.workers} - workers))

        while_asked(replace)
        retried.set()
        while_asked(kill)


def test_a_killed_supervisor_leaves_nothing_behind(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path / "run"))
    with serving(tmp_path / "state", bundle, "--no-spare") as server:
        left = psutil.Process(server.process.pid).children(recursive=True)  # workers and their decoders
        assert list((tmp_path / "run").glob("kenali-serve-*"))
        server.process.kill()
        _, alive = psutil.wait_procs(left, timeout=15)
        assert not alive
        assert not list((tmp_path / "run").glob("kenali-*"))
