"""`kenali stream hub`: one process and one loop between cameras and workers. It decodes nothing, and never waits for anyone.

Cameras send to `port`, workers come to `port + 1`, answers are published at `port + 2`. What to do is `dispatch.py`'s; here
are the sockets.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import zmq

import kenali
from kenali.errors import KenaliError
from kenali.stream import status
from kenali.stream.address import Address, check_exposure, parse_address
from kenali.stream.cameras import Job
from kenali.stream.curve import gate, hub_keys
from kenali.stream.dispatch import WINDOW, Dispatcher, Room
from kenali.stream.journal import Journal
from kenali.stream.published import pack_answer
from kenali.stream.results import STATUS_TOPIC
from kenali.stream.sockets import WORDS, bind, connect, make_socket
from kenali.stream.status_page import serving_status
from kenali.stream.tasks import BEAT, BYE, WANT, WHO, Done, Hello, pack_task, parse_from_worker
from kenali.stream.values import Answer, Frame, Quarantined, Stamp, new_session
from kenali.stream.wire import DEFAULT_LIMITS, Acknowledgement, Limits, Reader, pack_acknowledgement

_TURN_MS = 100
_TICK_S = 0.05
_STATUS_S = 0.25
_BEAT_S = 0.25  # more often than workers need: a beat that cannot be sent tells that one was killed
_TOLD_S = 1.0
_AT_ONCE = 64  # messages of one socket before the others have their turn
_CLOSING_MS = 200
_LARGEST_PICTURE = 4 * 1024 * 1024
_BEHIND = 64  # answers that wait for a subscriber that does not read, before it loses some


@dataclass(frozen=True, slots=True)
class HubSettings:
    """`subscribe` are addresses of cameras that publish. `pictures` a second go along with a source's answers, 0 for none.

    `answers` is a file that every answer is appended to before its camera hears of it. `status_port` is where
    `/status` and `/metrics` are told on this machine; 0 for any free port, None for nowhere.
    """

    host: str = "127.0.0.1"
    port: int = 5555
    subscribe: tuple[str, ...] = ()
    curve: Path | None = None
    insecure: bool = False
    pictures: float = 10.0
    answers: Path | None = None
    status_port: int | None = None
    room: Room = field(default_factory=Room)
    limits: Limits = DEFAULT_LIMITS

    def address(self, offset: int) -> Address:
        """The address of the port so many above the first."""
        return parse_address(f"tcp://{self.host}:{self.port and self.port + offset}")

    def check(self) -> tuple[str, ...]:
        """Sentences of advice; KenaliError for addresses that may not be used without keys."""
        used = [self.address(0), *map(parse_address, self.subscribe)]
        return check_exposure(used, encrypted=self.curve is not None, insecure=self.insecure)


@dataclass(frozen=True, slots=True)
class Listening:
    """The hub is up: where cameras send to, workers come to and answers are published, and the address of its status."""

    frames: str
    workers: str
    results: str
    status: str | None


def run(
    settings: HubSettings,
    stopped: Callable[[], bool],
    ready: Callable[[Listening], None],
    warn: Callable[[str], None],
) -> status.Document:
    """Be the hub until `stopped` says so; its last counts.

    Raises KenaliError where an address is taken, or answers can no longer be written down.
    """
    with contextlib.ExitStack() as opened:
        hub = opened.enter_context(contextlib.closing(_Hub(settings, warn)))
        address = None
        if settings.status_port is not None:
            address = opened.enter_context(serving_status(settings.status_port, lambda: hub.status))
        frames, workers, results = hub.addresses
        ready(Listening(frames, workers, results, address))
        while not stopped():
            hub.turn()
        return hub.look()


class _Hub:
    """The sockets and the journal; it is what a `Dispatcher` decides into."""

    def __init__(self, settings: HubSettings, warn: Callable[[str], None]) -> None:
        self.warn = warn
        self._settings = settings
        self._reader = Reader(settings.limits)
        self._dispatcher = Dispatcher(settings.room, self, time.monotonic, time.time_ns)
        self._about: status.Document = {"id": new_session(), "version": kenali.__version__, "started_ns": time.time_ns()}
        self._pictured: dict[str, float] = {}
        self._unreachable: set[bytes] = set()
        self._ticked = self._beat = self._looked = self._told = 0.0
        self._keys = hub_keys(settings.curve) if settings.curve else None
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._poller = zmq.Poller()
        self._opened = contextlib.ExitStack()
        self.addresses: list[str] = []
        with contextlib.ExitStack() as opened:
            opened.callback(self._context.destroy, linger=_CLOSING_MS)
            if self._keys:
                opened.enter_context(gate(self._context, self._keys))
            self._frames = self._bound(zmq.ROUTER, 0, WORDS)
            self._workers = self._bound(zmq.ROUTER, 1, WORDS)
            self._workers.router_mandatory = True  # sending tells who is no longer there
            self._results = self._bound(zmq.PUB, 2, _BEHIND)
            self._peers = {self._subscribed(address): f"sub {address}".encode() for address in settings.subscribe}
            for socket in (self._frames, self._workers, *self._peers):
                self._poller.register(socket, zmq.POLLIN)
            self._journal = opened.enter_context(contextlib.closing(Journal(settings.answers))) if settings.answers else None
            self._opened = opened.pop_all()
        self.status = self.look()

    def turn(self) -> None:
        """Wait a moment or until something comes, and see to it."""
        for socket, _ in self._poller.poll(_TURN_MS):
            for parts in _messages(socket):
                if socket is self._workers:
                    self._from_worker(parts)
                else:
                    self._from_camera(socket, parts)
        now = time.monotonic()
        if now - self._ticked > _TICK_S:
            self._ticked = now
            self._dispatcher.tick()
        if now - self._looked > _STATUS_S:
            self._looked, self.status = now, self.look()
        if now - self._beat > _BEAT_S:
            self._beat = now
            for route in self._dispatcher.workforce.by_route:
                self._send(self._workers, [route, BEAT])
        if now - self._told > _TOLD_S:
            self._told = now
            self._send(self._results, [STATUS_TOPIC, json.dumps(self.status).encode()])
        while self._unreachable:
            self._dispatcher.gone(self._unreachable.pop())

    def look(self) -> status.Document:
        """All counts of this moment."""
        return status.document(self._dispatcher, self._about, time.monotonic(), time.time_ns())

    def close(self) -> None:
        self._opened.close()

    # What comes

    def _from_camera(self, socket: zmq.Socket[bytes], parts: list[bytes]) -> None:
        link: bytes | None = None
        peer = self._peers.get(socket, b"")
        if socket is self._frames:
            peer = parts[0]
            link, parts = (parts[0], parts[2:]) if len(parts) > 1 and parts[1] == b"" else (None, parts[1:])
        found = self._reader.read(parts, peer)
        if isinstance(found, Quarantined):
            self._dispatcher.quarantine(found, link)
        else:
            self._dispatcher.frame(found, link)

    def _from_worker(self, parts: list[bytes]) -> None:
        route, said = parts[0], parse_from_worker(parts[1:])
        match said:
            case Hello():
                self._dispatcher.hello(route, said.id, said.name, said.model)
                self._send(self._workers, [route, BEAT])
            case Done():
                self._dispatcher.answer(route, said.answer, said.fate, said.picture)
            case _ if said == WANT:
                self._dispatcher.want(route)
            case _ if said == BYE:
                self._dispatcher.bye(route)
            case None:  # its answer may have been lost so: begin anew with it
                self._dispatcher.gone(route)
                self._dispatcher.heard(route)
            case _:
                self._dispatcher.heard(route)

    # What is decided

    def acknowledge(self, link: object, stamp: Stamp | None, fate: str) -> None:
        assert isinstance(link, bytes)
        done = Acknowledgement(stamp.session, stamp.sequence, WINDOW, fate) if stamp else None
        self._send(self._frames, [link, b"", *pack_acknowledgement(done)])

    def hand(self, route: bytes, job: Job, waited_s: float) -> bool:
        patient, raw = job.policy.kind == "all", job.frame.shape is not None
        picture = raw and self._wants_picture(job.frame)
        return self._send(self._workers, [route, *pack_task(job.frame, waited_s, patient=patient, wants_picture=picture)])

    def publish(self, answer: Answer, frame: Frame, picture: bytes | None) -> None:
        if self._journal:
            self._journal.append(answer)
        if picture is None and frame.shape is None and self._wants_picture(frame):
            picture = frame.data
        if picture is not None:
            self._pictured[frame.stamp.source] = time.monotonic()
        self._send(self._results, pack_answer(answer, picture))

    def ask(self, route: bytes) -> None:
        self._send(self._workers, [route, WHO])

    def _wants_picture(self, frame: Frame) -> bool:
        rate = self._settings.pictures
        if rate <= 0 or len(frame.data) > _LARGEST_PICTURE:
            return False
        if len(self._pictured) > 2 * self._settings.room.cameras:
            self._pictured.clear()
        return time.monotonic() - self._pictured.get(frame.stamp.source, -1.0) >= 1 / rate

    def _send(self, socket: zmq.Socket[bytes], parts: list[bytes]) -> bool:
        """Send to one who is there and reads, or to nobody: a hub does not wait. Workers that are not there are noted.

        Of workers it tells whether there was room.
        """
        try:
            socket.send_multipart(parts, zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            self._unreachable.add(parts[0])
            return False
        return True

    # Sockets

    def _bound(self, kind: int, offset: int, outgoing: int) -> zmq.Socket[bytes]:
        socket = make_socket(self._context, kind, keys=self._keys, outgoing=outgoing)
        try:
            self.addresses.append(bind(socket, self._settings.address(offset)))
        except KenaliError as error:
            raise KenaliError(f"{error}; --port chooses the first of three free ports in a row") from None
        return socket

    def _subscribed(self, address: str) -> zmq.Socket[bytes]:
        socket = make_socket(self._context, zmq.SUB, keys=self._keys)
        socket.subscribe(b"")
        connect(socket, parse_address(address))
        return socket


def _messages(socket: zmq.Socket[bytes]) -> Iterator[list[bytes]]:
    """What has come, up to a bound."""
    for _ in range(_AT_ONCE):
        try:
            yield socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return
