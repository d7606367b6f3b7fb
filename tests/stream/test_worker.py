"""A worker, whose hub is played by the test: what it says, and how it takes what hubs, frames and models do to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import zmq

from kenali.errors import KenaliError
from kenali.stream import worker
from kenali.stream.answerers import Answerer, BundleAnswerer, Look, SimulatedAnswerer, answerer_of
from kenali.stream.pictures import as_jpeg
from kenali.stream.tasks import BEAT, BYE, WANT, WHO, Done, Hello, pack_task, parse_from_worker
from kenali.stream.values import ALL, LATEST, Fate, Frame, Policy, Sighting, Stamp
from kenali.stream.worker import WorkerSettings
from kenali.types import Pixels
from tests.stream.services import PATIENCE_S, free_ports, running_worker, sockets
from tests.tiny import write_tiny_bundle

GREEN = np.full((40, 60, 3), (0, 255, 0), np.uint8)


def task(
    number: int, data: bytes, shape: tuple[int, ...] | None = None, policy: Policy = ALL, picture: bool = False
) -> list[bytes]:
    frame = Frame(Stamp("gate", "0123abcd", number, 7), data, (40, 60), shape, "rgb", policy)
    return pack_task(frame, 0.0, patient=policy is ALL, wants_picture=picture)


class Hub:
    """The hub's end."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self.socket = socket
        self.route = b""

    def hear(self) -> bytes | Hello | Done | None:
        """The next word that is no heartbeat."""
        while True:
            assert self.socket.poll(1000 * PATIENCE_S), "the worker says nothing"
            self.route, *parts = self.socket.recv_multipart()
            said = parse_from_worker(parts)
            if said != BEAT:
                return said

    def say(self, parts: list[bytes]) -> None:
        self.socket.send_multipart([self.route, *parts])

    def done(self) -> Done:
        """The next answer."""
        while not isinstance(said := self.hear(), Done):
            assert said == WANT
        return said


@contextmanager
def playing(answerer: Answerer | None = None) -> Iterator[tuple[Hub, list[str]]]:
    with sockets() as context:
        socket = context.socket(zmq.ROUTER)
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        with running_worker(f"tcp://127.0.0.1:{port}", answerer) as warned:
            yield Hub(socket), warned


def test_a_worker_introduces_itself_asks_answers_and_says_goodbye() -> None:
    with playing(SimulatedAnswerer(0.0)) as (hub, _):
        hello = hub.hear()
        assert isinstance(hello, Hello)
        assert hello.model == "simulated"
        assert hub.hear() == WANT
        hub.say(task(3, as_jpeg(GREEN), picture=True))
        done = hub.done()
        assert (done.fate, done.answer.stamp.sequence, done.answer.width) == (Fate.ANSWERED, 3, 60)
        assert done.picture is not None
        socket = hub.socket
    words = []
    while socket.closed is False and socket.poll(0):
        words.append(socket.recv_multipart()[1])
    assert not words or BYE in words


@pytest.mark.parametrize("data", [as_jpeg(GREEN, 95), GREEN.tobytes()], ids=["jpeg", "raw"])
def test_a_bundle_names_frames(tmp_path: Path, data: bytes) -> None:
    bundle = write_tiny_bundle(tmp_path / "bundle", doubting=True)
    answerer = answerer_of(Look(bundle=bundle))
    assert isinstance(answerer, BundleAnswerer)
    with playing(answerer) as (hub, _):
        hub.hear()
        hub.say(task(0, data, None if data[:2] == b"\xff\xd8" else (40, 60, 3)))
        done = hub.done()
    (sighting,) = done.answer.sightings
    assert (sighting.label, sighting.reason, done.answer.model) == ("green", None, "bundle")
    assert sighting.confidence is not None
    assert sighting.confidence > 0.9
    (unknown,) = answerer(np.full((40, 60, 3), 128, np.uint8))
    assert (unknown.label, unknown.reason) == ("unknown", "novel")


def test_broken_pictures_and_failing_models_are_told_apart() -> None:
    class Failing:
        model, min_side = "failing", None

        def __call__(self, pixels: Pixels) -> tuple[Sighting, ...]:
            raise ValueError("no idea")

    with playing(Failing()) as (hub, warned):
        hub.hear()
        good = as_jpeg(GREEN)
        for number, data in enumerate((good[: len(good) // 2], good, good)):
            hub.say(task(number, data))
        done = [hub.done() for _ in range(3)]
    assert [one.fate for one in done] == [Fate.QUARANTINED, Fate.LOST, Fate.LOST]
    assert done[0].answer.error is not None
    assert "runcated" in done[0].answer.error
    assert done[1].answer.error == "the model failed (ValueError: no idea)"
    assert len(warned) == 1  # not once a frame


def test_a_worker_that_is_not_known_introduces_itself_again() -> None:
    with playing() as (hub, _):
        first = hub.hear()
        assert hub.hear() == WANT
        hub.say([WHO])
        assert hub.hear() == first
        assert hub.hear() == WANT


def test_a_worker_connects_anew_when_its_hub_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "DEAD_AFTER_S", 0.2)
    with playing() as (hub, warned):
        first = hub.hear()
        assert hub.hear() == WANT
        route = hub.route
        assert hub.hear() == first
        assert hub.route != route
        assert hub.hear() == WANT
        hub.say([BEAT])
        while len(warned) < 2:
            hub.say([BEAT])
            hub.hear()
    assert "no word from the hub" in warned[0]
    assert warned[1] == "the hub is back"


def test_a_wish_that_found_no_room_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "WORDS", 1)
    monkeypatch.setattr(worker, "BEAT_S", 0.05)
    port = free_ports(1)
    with sockets() as context, running_worker(f"tcp://127.0.0.1:{port}"):
        time.sleep(0.2)  # it has introduced itself to nobody, which fills the room
        socket = context.socket(zmq.ROUTER)
        socket.bind(f"tcp://127.0.0.1:{port}")
        hub = Hub(socket)
        heard: list[bytes] = []
        while WANT not in heard:
            assert len(heard) < 100, "it says only that it lives"
            assert socket.poll(1000 * PATIENCE_S)
            hub.route, *parts = socket.recv_multipart()
            heard.append(parts[0])
            hub.say([BEAT])


def test_a_worker_whose_model_hangs_ends_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "HUNG_S", 0.1)
    with sockets() as context:
        socket = context.socket(zmq.ROUTER)
        hub = Hub(socket)
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        ended: list[BaseException] = []

        def work() -> None:
            settings = WorkerSettings(f"tcp://127.0.0.1:{port}")
            with pytest.raises(KenaliError, match="the model has looked at one frame for") as told:
                worker.run(settings, SimulatedAnswerer(1.0), lambda: False, print)
            ended.append(told.value)

        thread = threading.Thread(target=work)
        thread.start()
        hub.hear()
        hub.say(task(0, as_jpeg(GREEN)))
        thread.join(PATIENCE_S)
        assert ended


def test_fresh_frames_are_asked_for_only_when_the_last_is_nearly_done() -> None:
    """With `latest` the first wish after a frame comes with its answer, before the pace is known; with `all` at once."""
    for policy, order in ((LATEST, [Done, bytes]), (ALL, [bytes, Done])):
        with playing(SimulatedAnswerer(0.05)) as (hub, _):
            hub.hear()
            assert hub.hear() == WANT
            hub.say(task(0, as_jpeg(GREEN), policy=policy))
            assert [type(hub.hear()) for _ in range(2)] == order
