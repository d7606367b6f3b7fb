"""The server as its users meet it: a process, under signals, kills, replacement and clients that misbehave."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

import kenali
from tests.serve.server import Server, serving
from tests.tiny import coloured, write_tiny_bundle

RED = coloured("red")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bundle(tmp_path_factory.mktemp("served") / "colours", doubting=True)


@pytest.fixture(scope="module")
def server(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("state"), bundle) as running:
        yield running


def raw(server: Server) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=20)


def test_a_photo_is_named(server: Server) -> None:
    answer = httpx.post(f"{server.url}/v1/models/colours/predict", content=RED, headers={"Content-Type": "image/png"})
    assert answer.status_code == 200
    assert answer.json()["predictions"][0]["label"] == "red"


def test_the_server_says_nothing_of_its_software(server: Server) -> None:
    assert "server" not in httpx.get(f"{server.url}/healthz").headers


def test_a_long_body_is_refused_before_it_is_sent(server: Server) -> None:
    with raw(server) as connection:
        connection.sendall(
            b"POST /v1/models/colours/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
            b"Content-Length: 999999999\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_refused_body_that_is_sent_all_the_same_does_not_break_the_connection(server: Server) -> None:
    with httpx.Client() as client:
        for _ in range(2):
            answer = client.post(f"{server.url}/v1/models/colours/predict", content=bytes(40_000_000))
            assert answer.status_code == 413
            assert answer.json()["reason"] == "too-many-bytes"


def test_endless_headers_are_cut_off(server: Server) -> None:
    with raw(server) as connection, pytest.raises(OSError):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        for number in range(100_000):
            connection.sendall(b"X-%d: %s\r\n" % (number, b"a" * 1000))


def test_garbage_is_no_request(server: Server) -> None:
    with raw(server) as connection:
        connection.sendall(b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_replacing_a_bundle_under_load_fails_no_request(bundle: Path, server: Server, tmp_path: Path) -> None:
    """What is asked of the new bundle differs from the old one only in its name."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGTERM")
def test_sigterm_lets_requests_end(bundle: Path, tmp_path: Path) -> None:
    """One request is half sent when the server is told to stop."""
    with serving(tmp_path / "state", bundle) as server, raw(server) as connection:
        head = b"POST /v1/models/colours/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % len(RED) + RED[:20])
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(RED[20:])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in answer
        assert server.process.wait(10) == 0
        with pytest.raises(OSError):
            raw(server)


def test_a_killed_worker_is_replaced_and_clients_see_only_errors_they_may_retry(bundle: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "state", bundle, "--workers", "2") as server:
        stop = threading.Event()

        def ask() -> int:
            answered = 0
            with kenali.Client(server.url, attempts=8) as client:
                while not stop.is_set():
                    assert client.predict("colours", RED).label == "red"
                    answered += 1
            return answered

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask) for _ in range(4)]
            time.sleep(0.5)
            before = {worker.pid for worker in server.workers}
            (victim, _) = server.workers
            victim.kill()
            _until(lambda: len({worker.pid for worker in server.workers} - before) == 1)
            time.sleep(1)
            stop.set()
            assert all(each.result() > 10 for each in asking)


def test_the_workers_of_a_killed_supervisor_end(bundle: Path, tmp_path: Path) -> None:
    with serving(tmp_path / "state", bundle) as server:
        workers = server.workers
        server.process.kill()
        psutil.wait_procs(workers, timeout=15)
        assert not any(worker.is_running() for worker in workers)


def _until(holds: object, within_s: float = 20.0) -> None: ...
