"""Hubs and workers in threads of the test's process, at free ports."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import zmq

from kenali.stream import hub, worker
from kenali.stream.answerers import Answerer, SimulatedAnswerer
from kenali.stream.hub import HubSettings, Listening
from kenali.stream.published import parse_answer
from kenali.stream.results import STATUS_TOPIC
from kenali.stream.status import Document
from kenali.stream.values import Answer, Quarantined
from kenali.stream.worker import WorkerSettings

PATIENCE_S = 60


def until(reached: Callable[[], bool]) -> None:
    """Wait until something is so; what never becomes so fails the test."""
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)


def free_ports(count: int = 3) -> int:
    """The first of so many free ports in a row, of those that no system gives away: they stay free while a hub is killed and
    started anew.
    """
    while True:
        first = random.randrange(12_000, 32_000)
        with contextlib.ExitStack() as opened:
            try:
                for port in range(first, first + count):
                    opened.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first


@dataclass
class Running:
    """A hub in a thread: its addresses, what it warned of, and once it has ended its last counts."""

    listening: Listening
    warned: list[str] = field(default_factory=list)
    last: Document = field(default_factory=dict)


@contextlib.contextmanager
def running_hub(settings: HubSettings | None = None) -> Iterator[Running]:
    settings = settings or HubSettings()
    settings = replace(settings, port=free_ports()) if settings.port == 5555 else settings
    stopped, up = threading.Event(), threading.Event()
    told: list[Listening] = []
    warned: list[str] = []
    last: Document = {}

    def ready(listening: Listening) -> None:
        told.append(listening)
        up.set()

    def be() -> None:
        last.update(hub.run(settings, stopped.is_set, ready, warned.append))

    thread = threading.Thread(target=be)
    thread.start()
    assert up.wait(PATIENCE_S)
    try:
        yield Running(told[0], warned, last)
    finally:
        stopped.set()
        thread.join()


@contextlib.contextmanager
def running_worker(
    address: str, answerer: Answerer | None = None, settings: WorkerSettings | None = None
) -> Iterator[list[str]]:
    """A worker in a thread; yields what it warns of."""
    stopped, warned = threading.Event(), list[str]()
    settings = replace(settings or WorkerSettings(), hub=address)
    looking = answerer or SimulatedAnswerer(0.0)
    thread = threading.Thread(target=worker.run, args=(settings, looking, stopped.is_set, warned.append))
    thread.start()
    try:
        yield warned
    finally:
        stopped.set()
        thread.join()


class Reading:
    """Reads a hub's answers, from when it is known to be heard."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], address: str) -> None:
        self.socket = context.socket(zmq.SUB)
        self.socket.subscribe(b"")
        self.socket.connect(address)
        self.status()

    def parts(self) -> list[bytes]:
        assert self.socket.poll(1000 * PATIENCE_S), "nothing was published"
        return self.socket.recv_multipart()

    def status(self) -> list[bytes]:
        while (parts := self.parts())[0] != STATUS_TOPIC:
            pass
        return parts

    def answer(self) -> tuple[Answer, bytes | None]:
        while (parts := self.parts())[0] == STATUS_TOPIC:
            pass
        found = parse_answer(parts)
        assert not isinstance(found, Quarantined), found
        return found


@contextlib.contextmanager
def sockets() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    """A context for a test's own sockets."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        yield context
    finally:
        context.destroy(linger=0)
