"""A camera's link to a hub: frames out, replies in, a few under way at once; broken and silent links are made anew.

To a hub it speaks the envelope of ZeroMQ's REQ from a DEALER, so that an ImageZMQ hub (REP) understands it, and Kenali's
hub can let it have several frames under way. A time-out, or a connection that is lost, is treated as in the "lazy pirate"
of ZeroMQ's guide (Hintjens, 2013): a fresh socket, and what has no reply is sent again, under the same number. Published
frames get no replies.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import zmq
from zmq.utils.monitor import recv_monitor_message

from kenali.stream.address import Address
from kenali.stream.curve import Keys
from kenali.stream.sockets import bind, connect, make_socket
from kenali.stream.values import Frame
from kenali.stream.wire import pack, parse_acknowledgement

_REFUSALS = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
_EVENTS = zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | _REFUSALS

_NO_ROOM_S = 0.5  # until a frame that a hub had no room for is sent again

Key = tuple[str, int]  # session and number


@dataclass(slots=True)
class LinkCounts:
    """Frames of a link: sent = acknowledged + lost + in flight. `resent` counts repetitions, `remade` fresh sockets."""

    sent: int = 0
    acknowledged: int = 0
    lost: int = 0
    resent: int = 0
    remade: int = 0


class Link(Protocol):
    """Where a camera's frames go. `attend` is to be called when one of the `sockets` is readable, and a few times a second."""

    counts: LinkCounts

    @property
    def sockets(self) -> tuple[zmq.SyncSocket, ...]: ...

    @property
    def ready(self) -> bool:
        """Whether a frame can be sent now."""
        ...

    @property
    def in_flight(self) -> int:
        """Frames that were sent and whose fate is not known."""
        ...

    def send(self, frame: Frame) -> None: ...

    def attend(self) -> None: ...

    def close(self) -> None: ...


class HubLink:
    """A link to a hub at `address`.

    One frame is under way until the hub's first reply, and then as many as the hub offers, `window` at most; with a plain
    ImageZMQ hub always one. Where no reply comes for `timeout_s`, frames are sent again with `resend`, else they are counted
    lost. `tell` hears what happens.
    """

    def __init__(
        self,
        context: zmq.SyncContext,
        address: Address,
        tell: Callable[[str], None],
        *,
        keys: Keys | None = None,
        window: int = 8,
        timeout_s: float = 5.0,
        resend: bool = False,
    ) -> None:
        self.counts = LinkCounts()
        self._context = context
        self._address = address
        self._tell = tell
        self._keys = keys
        self._window = window
        self._timeout_s = timeout_s
        self._resend = resend
        self._credits = 1
        self._heard = 0.0
        self._told = ""
        self._under_way: OrderedDict[Key, tuple[list[bytes], float]] = OrderedDict()  # parts, and when they were sent
        self._again: deque[tuple[Key, list[bytes]]] = deque()
        self._not_before = 0.0
        self._open()

    @property
    def sockets(self) -> tuple[zmq.SyncSocket, ...]:
        return self._socket, self._monitor

    @property
    def ready(self) -> bool:
        return not self._again and self._free

    @property
    def in_flight(self) -> int:
        return len(self._under_way) + len(self._again)

    def send(self, frame: Frame) -> None:
        """Send a frame; only where the link is `ready`."""
        self.counts.sent += 1
        self._again.append(((frame.stamp.session, frame.stamp.sequence), pack(frame)))
        self._go_on()

    def attend(self) -> None:
        """Take in replies, see to lost connections and time-outs, and send again what has to be."""
        while self._socket.poll(0, zmq.POLLIN):
            self._reply(self._socket.recv_multipart())
        while self._monitor.poll(0):
            self._event(int(recv_monitor_message(self._monitor)["event"]))
        oldest = next(iter(self._under_way.values()), None)
        if oldest and time.monotonic() - max(oldest[1], self._heard) > self._timeout_s:
            self._say(f"no reply from {self._address} for {self._timeout_s:g} s")
            self._give_up()
            self._close()
            self._open()
            self.counts.remade += 1
        self._go_on()

    def close(self) -> None:
        """Close at once; frames without a reply are lost."""
        self.counts.lost += self.in_flight
        self._under_way.clear()
        self._again.clear()
        self._close()

    @property
    def _free(self) -> bool:
        return len(self._under_way) < self._credits and bool(self._socket.poll(0, zmq.POLLOUT))

    def _open(self) -> None:
        self._credits = 1
        self._connected = False
        room = 2 * self._window + 8  # never full: the credits bound what is under way
        self._socket = make_socket(self._context, zmq.DEALER, keys=self._keys, incoming=room, outgoing=room)
        self._socket.immediate = True  # nothing is queued for a hub that is not there
        self._monitor = self._socket.get_monitor_socket(_EVENTS)
        connect(self._socket, self._address)

    def _close(self) -> None:
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=0)

    def _go_on(self) -> None:
        while self._again and self._free and time.monotonic() >= self._not_before:
            key, parts = self._again[0]
            try:
                self._socket.send_multipart([b"", *parts], zmq.NOBLOCK, copy=False)
            except zmq.Again:  # the connection went between the question and the deed
                return
            self._again.popleft()
            self._under_way[key] = parts, time.monotonic()

    def _reply(self, parts: list[bytes]) -> None:
        self._heard = time.monotonic()
        done = parse_acknowledgement(parts[1:])
        if done is None:  # a plain hub has one frame at a time
            known = bool(self._under_way)
            if known:
                self._under_way.popitem(last=False)
        else:
            self._credits = min(self._window, done.credits)
            if done.fate == "refused" and self._resend:
                self._put_back((done.session, done.sequence))
                return
            known = self._forget((done.session, done.sequence))
            if done.fate == "quarantined":
                self._say(f"{self._address} takes no frames like these")
        self.counts.acknowledged += known

    def _put_back(self, key: Key) -> None:
        """The hub has no room for a frame now: it is sent again, a little later."""
        held = self._under_way.pop(key, None)
        if held:
            self.counts.resent += 1
            self._again.append((key, held[0]))
            self._not_before = time.monotonic() + _NO_ROOM_S

    def _forget(self, key: Key) -> bool:
        """Take a frame off the lists; False where it is on none, since this reply is to something sent twice."""
        if self._under_way.pop(key, None):
            return True
        before = len(self._again)
        self._again = deque(one for one in self._again if one[0] != key)
        return len(self._again) < before

    def _event(self, event: int) -> None:
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._connected = True
            self._say(f"connected to {self._address}")
        elif event & _REFUSALS:
            self._say(f"{self._address} refuses the link: are the keys (--curve) the right ones, at both ends?")
        elif event == zmq.EVENT_DISCONNECTED and self._connected:  # not after a refusal, which ends a connection too
            self._connected = False
            self._say(f"the connection to {self._address} is lost; trying again")
            self._credits = 1
            self._give_up()

    def _give_up(self) -> None:
        """What is under way will get no reply here: it waits to be sent again, or is lost."""
        if self._resend:
            self.counts.resent += len(self._under_way)
            self._again.extendleft((key, parts) for key, (parts, _) in reversed(self._under_way.items()))
        else:
            self.counts.lost += len(self._under_way)
        self._under_way.clear()

    def _say(self, sentence: str) -> None:
        if sentence != self._told:
            self._told = sentence
            self._tell(sentence)


class PublishedLink:
    """Frames for whoever subscribes at `address`: an `imagezmq.ImageHub(REQ_REP=False)` or our hub. Ready while one does."""

    in_flight = 0

    def __init__(
        self, context: zmq.SyncContext, address: Address, tell: Callable[[str], None], *, keys: Keys | None = None
    ) -> None:
        self.counts = LinkCounts()
        self._topics: set[bytes] = set()
        self._socket = make_socket(context, zmq.XPUB, keys=keys, outgoing=4)
        self.url = bind(self._socket, address)
        tell(f"publishing at {self.url}")

    @property
    def sockets(self) -> tuple[zmq.SyncSocket, ...]:
        return (self._socket,)

    @property
    def ready(self) -> bool:
        return bool(self._topics)

    def send(self, frame: Frame) -> None:
        """Publish a frame; a subscriber that does not keep up misses it."""
        self._socket.send_multipart(pack(frame), copy=False)
        self.counts.sent += 1
        self.counts.acknowledged += 1

    def attend(self) -> None:
        """Take note of the first subscription and the end of the last, which is all that XPUB passes on."""
        while self._socket.poll(0):
            change = self._socket.recv()
            (self._topics.add if change[:1] == b"\1" else self._topics.discard)(change[1:])

    def close(self) -> None:
        """Close, once what subscribers have not yet fetched is with them, or two seconds are over."""
        self._socket.close(linger=2000)
