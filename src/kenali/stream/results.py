"""The reading end of a hub's answers: it connects, now or whenever a hub is there, and never holds one up."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zmq

from kenali.stream.address import check_exposure, parse_address
from kenali.stream.curve import client_keys
from kenali.stream.published import parse_answer
from kenali.stream.sockets import connect, make_socket
from kenali.stream.values import Answer, Quarantined

STATUS_TOPIC = b"#status"
_BEHIND = 64  # answers that wait while this end is busy; later ones are lost to it alone
_LONGEST_STATUS = 4 * 1024 * 1024
_CLOCK_WINDOW_S = 60.0
_CLOSING_MS = 100


@dataclass(frozen=True, slots=True)
class ResultsSettings:
    """Where a hub publishes its answers, and the client's keys where that is encrypted."""

    address: str = "tcp://127.0.0.1:5557"
    curve: Path | None = None
    insecure: bool = False

    def check(self) -> tuple[str, ...]:
        """Sentences of advice; KenaliError for an address that may not be used, or keys that are none."""
        if self.curve:
            client_keys(self.curve)
        return check_exposure([parse_address(self.address)], encrypted=self.curve is not None, insecure=self.insecure)


@dataclass(frozen=True, slots=True)
class Published:
    """An answer, and the JPEG of its frame where the hub sends pictures."""

    answer: Answer
    picture: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Status:
    """What the hub counts, once a second: the document of its `/status`, and when it was made by the hub's clock."""

    document: dict[str, Any]
    hub_ns: int

    @property
    def one_worker(self) -> bool:
        """Whether one worker at most answers now."""
        return len(self.document["workers"]) < 2


class HubClock:
    """The hub's time of day, from the stamps of what it sends: the least delay seen lately is taken for none."""

    def __init__(self) -> None:
        self._offset: int | None = None
        self._until = 0.0

    def heard(self, hub_ns: int) -> None:
        """Something was sent at `hub_ns` by the hub's clock, and has come now."""
        offset = time.time_ns() - hub_ns
        if self._offset is None or offset < self._offset or time.monotonic() > self._until:
            self._offset, self._until = offset, time.monotonic() + _CLOCK_WINDOW_S

    @property
    def now_ns(self) -> int:
        """Nanoseconds since 1970 by the hub's clock; by this machine's own until anything was heard."""
        return time.time_ns() - (self._offset or 0)


class Results:
    """Answers and counts as they come, of one thread. What is no answer is counted in `quarantined` and left out.

    `silent_s` says for how long nothing has come: a hub tells its counts once a second, whatever cameras do.
    """

    def __init__(self, settings: ResultsSettings) -> None:
        """Raises KenaliError for an address that is none, or keys that are none."""
        self.clock = HubClock()
        self.quarantined = 0
        self._heard = time.monotonic()
        keys = client_keys(settings.curve) if settings.curve else None
        address = parse_address(settings.address)
        self._context: zmq.Context[Any] = zmq.Context()
        try:
            self._socket = make_socket(self._context, zmq.SUB, keys=keys, incoming=_BEHIND)
            self._socket.subscribe(b"")
            connect(self._socket, address)
        except BaseException:
            self._context.destroy(linger=0)
            raise

    @property
    def silent_s(self) -> float:
        return time.monotonic() - self._heard

    def receive(self, timeout_s: float) -> Published | Status | None:
        """What comes next, within a time; None where nothing does, or nothing that can be used."""
        if not self._socket.poll(round(1000 * timeout_s)):
            return None
        parts = self._socket.recv_multipart()
        self._heard = time.monotonic()
        found = _status(parts) if parts[0] == STATUS_TOPIC else _published(parts)
        if found is None:
            self.quarantined += 1
        else:
            self.clock.heard(found.answer.answered_ns if isinstance(found, Published) else found.hub_ns)
        return found

    def close(self) -> None:
        self._context.destroy(linger=_CLOSING_MS)

    def __enter__(self) -> Results:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _published(parts: list[bytes]) -> Published | None:
    found = parse_answer(parts)
    return None if isinstance(found, Quarantined) else Published(*found)


def _status(parts: list[bytes]) -> Status | None:
    """The counts, if they have the shape that they should."""
    if len(parts) != 2 or len(parts[1]) > _LONGEST_STATUS:
        return None
    try:
        document = json.loads(parts[1])
        hub_ns, sources = document["hub"]["time_ns"], document["sources"]
        whole = type(hub_ns) is int and all(isinstance(one, dict) for one in sources.values())
        whole = whole and isinstance(document["workers"], list)
    except (ValueError, OverflowError, RecursionError, KeyError, TypeError, AttributeError):
        return None
    return Status(document, hub_ns) if whole else None
