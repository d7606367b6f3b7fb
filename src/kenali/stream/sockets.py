"""Sockets as every link has them: secured, alive or closed, never holding more than a few messages."""

from __future__ import annotations

import zmq

from kenali.errors import KenaliError
from kenali.stream.address import Address
from kenali.stream.curve import Keys
from kenali.stream.wire import DEFAULT_LIMITS

HEARTBEAT_MS = 1000
SILENCE_MS = 3000
"""After this long without a sign of life ZeroMQ closes a connection; the connecting side then tries anew."""

WORDS = 32
"""Room for what is sent where one word must not be lost for many under way. ZeroMQ learns of what was read only by half a
queue at a time, so a queue holds no more than half of what it is set to, and must be twice what may be under way."""

_MARGIN = 4 * 1024 * 1024  # above what is read, so that a frame just too large is quarantined and counted, not cut off


def make_socket(
    context: zmq.SyncContext, kind: int, *, keys: Keys | None = None, incoming: int = 8, outgoing: int = 8
) -> zmq.SyncSocket:
    """A socket that keeps so many messages at most a connection, and none when it is closed."""
    socket = context.socket(kind)
    socket.linger = 0
    socket.rcvhwm, socket.sndhwm = incoming, outgoing
    socket.maxmsgsize = DEFAULT_LIMITS.frame_bytes + _MARGIN
    socket.heartbeat_ivl, socket.heartbeat_timeout, socket.heartbeat_ttl = HEARTBEAT_MS, SILENCE_MS, SILENCE_MS
    socket.reconnect_ivl, socket.reconnect_ivl_max = 100, 2000
    socket.handshake_ivl = 5000
    if keys is not None:
        keys.secure(socket)
    return socket


def bind(socket: zmq.SyncSocket, address: Address) -> str:
    """Bind, and say where, with the port that was found for `*`; KenaliError, and the socket closed, where that cannot be."""
    socket.ipv6 = "[" in address.url  # else a name would mean its IPv6 address alone, where others listen on IPv4
    try:
        socket.bind(address.url)
    except zmq.ZMQError as error:
        socket.close()
        raise KenaliError(f"cannot listen at {address}: {error.strerror.lower() if error.strerror else error}") from None
    return socket.getsockopt_string(zmq.LAST_ENDPOINT)


def connect(socket: zmq.SyncSocket, address: Address) -> None:
    """Connect, now or whenever the other side is there; KenaliError and the socket closed, where nobody can be."""
    socket.ipv6 = "[" in address.url
    try:
        socket.connect(address.url)
    except zmq.ZMQError as error:
        socket.close()
        raise KenaliError(f"cannot connect to {address}: {error.strerror or error}") from None
