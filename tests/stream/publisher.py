"""A hub's publishing end, for tests of those who listen."""

from __future__ import annotations

import dataclasses
import io
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import zmq
from PIL import Image

from kenali.stream.published import pack_answer
from kenali.stream.results import STATUS_TOPIC
from kenali.stream.values import Sighting
from tests.stream.answers import answer

PATIENCE_S = 15.0


class Publisher:
    """Publishes answers of now, at a port of its own."""

    def __init__(self) -> None:
        self._context: zmq.Context[Any] = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self.address = f"tcp://127.0.0.1:{self._socket.bind_to_random_port('tcp://127.0.0.1')}"
        self._sequences: dict[str, int] = {}

    def wait_for_listener(self) -> None:
        """Until somebody has subscribed: what is published before is nobody's."""
        assert self._socket.poll(round(1000 * PATIENCE_S)), "nobody listens"
        self._socket.recv()

    def answer(self, sightings: Sequence[Sighting], *, source: str = "door", jpeg: bytes | None = None, **more: Any) -> int:
        """The next answer of a camera; its sequence."""
        sequence = self._sequences.get(source, 0)
        self._sequences[source] = sequence + 1
        now = time.time_ns()
        made = answer(sequence, sightings, source=source, **more)
        stamp = dataclasses.replace(made.stamp, captured_ns=now - 30_000_000)
        made = dataclasses.replace(made, stamp=stamp, taken_ns=now - 20_000_000, answered_ns=now)
        self._socket.send_multipart(pack_answer(made, jpeg))
        return sequence

    def status(self, **sources: dict[str, Any]) -> None:
        """A hub's counts."""
        document = {"hub": {"time_ns": time.time_ns()}, "sources": sources, "workers": []}
        self.send(STATUS_TOPIC, json.dumps(document).encode())

    def send(self, *parts: bytes) -> None:
        self._socket.send_multipart(parts)

    def close(self) -> None:
        self._context.destroy(linger=0)


def jpeg(colour: str = "red", size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG")
    return buffer.getvalue()


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread or process brings about."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
