"""The receiving end of a camera's link in a few lines, for tests of the sending one: it keeps what came and replies as told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import zmq

from kenali.stream.address import Address, parse_address
from kenali.stream.curve import HubKeys, gate
from kenali.stream.sockets import bind, make_socket
from kenali.stream.values import Frame, Quarantined
from kenali.stream.wire import Acknowledgement, Reader, pack_acknowledgement

Reply = Callable[[Frame], list[bytes] | None]


def kenali_reply(frame: Frame) -> list[bytes] | None:
    """As Kenali's hub: four frames may be under way; plain senders get their OK."""
    plain = frame.policy is None
    return pack_acknowledgement(None if plain else Acknowledgement(frame.stamp.session, frame.stamp.sequence, 4))


@dataclass
class Receiver:
    """What came so far, and where."""

    address: Address
    frames: list[Frame] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiving(reply: Reply = kenali_reply, place: str = "127.0.0.1:*", keys: HubKeys | None = None) -> Iterator[Receiver]:
    """A hub at `place`; a frame to which `reply` says None gets no reply."""
    context = zmq.Context()
    ended = threading.Event()
    door = gate(context, keys) if keys else None
    if door:
        door.__enter__()
    socket = make_socket(context, zmq.ROUTER, keys=keys)
    found = Receiver(parse_address(bind(socket, parse_address(place))))

    def serve() -> None:
        reader = Reader()
        while not ended.is_set():
            if not socket.poll(20):
                continue
            peer, empty, *parts = socket.recv_multipart()
            read = reader.read(parts, peer)
            if isinstance(read, Quarantined):
                found.quarantined.append(read)
                socket.send_multipart([peer, empty, b"OK"])
                continue
            found.frames.append(read)
            found.arrived.set()
            said = reply(read)
            if said is not None:
                socket.send_multipart([peer, empty, *said])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
        if door:
            door.__exit__(None, None, None)
        context.destroy(linger=0)
