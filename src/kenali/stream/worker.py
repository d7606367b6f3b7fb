"""`kenali stream worker`: looks at the frames that a hub hands it. Any number, on any machine, each restartable alone.

One thread talks with the hub, so that heartbeats go on whatever the model does; another decodes and looks. They share no
socket: frames go in and answers come back over a pair inside the process.
"""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import zmq

from kenali.errors import KenaliError, PhotoError
from kenali.stream.address import check_exposure, parse_address
from kenali.stream.answerers import Answerer
from kenali.stream.asking import Asking
from kenali.stream.curve import client_keys
from kenali.stream.pictures import as_jpeg, rgb
from kenali.stream.sockets import WORDS, connect, make_socket
from kenali.stream.tasks import BEAT, BYE, WANT, WHO, Done, Hello, Task, pack_done, pack_hello, parse_from_hub
from kenali.stream.values import Answer, Fate, Frame, Quarantined
from kenali.stream.wire import DEFAULT_LIMITS, Limits, Reader
from kenali.stream.workforce import BEAT_S, DEAD_AFTER_S

HUNG_S = 60.0
"""A worker whose model looks at one frame for so long ends itself, so that whoever started it can start it anew."""

_PICTURE_QUALITY = 80
_CLOSING_MS = 300
_PATIENCE_S = 5.0  # for the frame at hand


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`hub` is where workers come to, `name` what people read."""

    hub: str = "tcp://127.0.0.1:5556"
    name: str = "worker"
    curve: Path | None = None
    insecure: bool = False
    limits: Limits = DEFAULT_LIMITS

    def check(self) -> tuple[str, ...]:
        """Sentences of advice; KenaliError for an address that may not be used without keys."""
        return check_exposure([parse_address(self.hub)], encrypted=self.curve is not None, insecure=self.insecure)


def run(settings: WorkerSettings, answerer: Answerer, stopped: Callable[[], bool], warn: Callable[[str], None]) -> int:
    """Look at frames until `stopped` says so, whatever becomes of hub and network; how many it looked at.

    Raises KenaliError when the address is none, or the model hangs.
    """
    address, keys = parse_address(settings.hub), client_keys(settings.curve) if settings.curve else None
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    inside, other_end = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    inside.bind("inproc://looking")
    other_end.connect("inproc://looking")
    looker = _Looker(settings, answerer, other_end, warn)
    threading.Thread(target=looker.run, daemon=True, name="looking").start()

    def reach_hub() -> zmq.Socket[bytes]:
        socket = make_socket(context, zmq.DEALER, keys=keys, outgoing=WORDS)
        connect(socket, address)
        return socket

    try:
        talk = _Talk(Hello(secrets.token_hex(4), settings.name, answerer.model), reach_hub, inside, warn)
        try:
            while not stopped():
                talk.turn()
            return talk.looked_at
        finally:
            talk.end()
    finally:
        inside.send(b"")
        if looker.ended.wait(_PATIENCE_S):
            context.destroy(linger=_CLOSING_MS)


class _Talk:
    """The half that talks with the hub, and finds out when it is gone."""

    def __init__(
        self,
        hello: Hello,
        reach_hub: Callable[[], zmq.Socket[bytes]],
        inside: zmq.Socket[bytes],
        warn: Callable[[str], None],
    ) -> None:
        self._hello = hello
        self._reach_hub = reach_hub
        self._inside = inside
        self._warn = warn
        self._asking = Asking()
        self._away = self._unsaid = False
        self._heard = self._beat = 0.0
        self.looked_at = 0
        self._connect()

    def turn(self) -> None:
        """Wait until something comes or is due, and see to it."""
        now = time.monotonic()
        until = min(self._asking.due(), self._beat + BEAT_S, now + 0.2)
        ready = dict(self._poller.poll(math.ceil(1000 * max(0.0, until - now))))
        if self._hub in ready:
            self._from_hub()
        if self._inside in ready:
            self._done()
        now = time.monotonic()
        if now >= self._asking.due():
            self._asking.asked(now)
            self._say([WANT])
        if now - self._beat >= BEAT_S:
            self._beat, unsaid, self._unsaid = now, self._unsaid, False
            self._say([BEAT])
            if unsaid:
                self._introduce()
        if now - self._heard > DEAD_AFTER_S:
            if not self._away:
                self._away = True
                self._warn("no word from the hub; trying on")
            self._hub.close()
            self._connect()
        if self._asking.looking_s(now) > HUNG_S:
            raise KenaliError(f"the model has looked at one frame for {HUNG_S:.0f} s: this worker ends")

    def end(self) -> None:
        """Say goodbye, so that others get at once what this one has not answered."""
        self._say([BYE])

    def _connect(self) -> None:
        """Begin anew: nothing that was said on an earlier connection counts."""
        self._hub = self._reach_hub()
        self._poller = zmq.Poller()
        self._poller.register(self._hub, zmq.POLLIN)
        self._poller.register(self._inside, zmq.POLLIN)
        self._heard = self._beat = time.monotonic()
        self._introduce()

    def _introduce(self) -> None:
        self._asking.forgotten()
        self._say(pack_hello(self._hello))

    def _from_hub(self) -> None:
        said = parse_from_hub(self._hub.recv_multipart())
        now = self._heard = time.monotonic()
        if self._away:
            self._away = False
            self._warn("the hub is back")
        if said == WHO:
            self._introduce()
        elif isinstance(said, Task):
            self._asking.came(now, said.waited_s, said.patient)
            self._inside.send_multipart([b"picture" if said.wants_picture else b"", *said.parts], copy=False)

    def _done(self) -> None:
        parts = self._inside.recv_multipart()
        self._asking.done(time.monotonic())
        self.looked_at += 1
        self._say(parts)

    def _say(self, parts: list[bytes]) -> None:
        """Say it to the hub. Where there is no room, since nobody is there or much was said at once, it is not said: then this
        worker introduces itself again with the next beat, and the hub gives to others what it had not answered."""
        try:
            self._hub.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:
            self._unsaid = True


class _Looker:
    """The half that looks. It ends with an empty message, and survives whatever a frame holds."""

    def __init__(
        self, settings: WorkerSettings, answerer: Answerer, inside: zmq.Socket[bytes], warn: Callable[[str], None]
    ) -> None:
        self._name = settings.name
        self._answerer = answerer
        self._reader = Reader(settings.limits)
        self._inside = inside
        self._warn = warn
        self._warned: set[str] = set()
        self.ended = threading.Event()

    def run(self) -> None:
        while len(parts := self._inside.recv_multipart()) > 1:
            frame = self._reader.read(parts[1:])
            assert not isinstance(frame, Quarantined), frame.detail  # the hub has read it before
            self._inside.send_multipart(pack_done(self._look(frame, wants_picture=parts[0] == b"picture")))
        self._inside.close(linger=0)
        self.ended.set()

    def _look(self, frame: Frame, wants_picture: bool) -> Done:
        height, width = frame.size
        answer = Answer(frame.stamp, self._name, self._answerer.model, (), 0, 0, width, height)
        try:
            pixels = rgb(frame, min_side=self._answerer.min_side)
            picture = as_jpeg(pixels, _PICTURE_QUALITY) if wants_picture else None
            return Done(replace(answer, sightings=self._answerer(pixels)), Fate.ANSWERED, picture)
        except PhotoError as error:
            return Done(replace(answer, error=error.detail), Fate.QUARANTINED)
        except Exception as error:
            told = f"{type(error).__name__}: {error}"[:200]
            if type(error).__name__ not in self._warned:
                self._warned.add(type(error).__name__)
                self._warn(f"the model failed on a frame ({told}); it goes on with the next")
            return Done(replace(answer, error=f"the model failed ({told})"), Fate.LOST)
