"""CURVE: links that only holders of keys can use, and nobody can read (ZeroMQ RFC 26; who may, by ZAP, RFC 27).

One folder of keys holds two: `hub`, for the machine where the hub runs, and one a client (`client` unless named otherwise)
to copy to cameras, workers and viewers. The hub is CURVE's server on every link, also where it connects: so each client
knows the hub's key, and the hub lets in the clients whose public keys lie in its `clients`. Files are those of ZeroMQ's own
tools (`zmq.auth`).
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import zmq
from zmq.auth import load_certificate
from zmq.utils import z85

from kenali.errors import KenaliError
from kenali.files import write_atomically
from kenali.stream.values import clean_source

if TYPE_CHECKING:
    from collections.abc import Iterator

_ZAP = "inproc://zeromq.zap.01"
_SECRET, _PUBLIC = ".key_secret", ".key"


@dataclass(frozen=True, slots=True)
class HubKeys:
    """The hub's pair, in Z85, and the folder of the public keys of its clients, read anew at each handshake."""

    public: bytes
    secret: bytes = field(repr=False)
    clients: Path

    def secure(self, socket: zmq.SyncSocket) -> None:
        """Make a socket, before it binds or connects, the server's end."""
        socket.curve_secretkey = self.secret
        socket.curve_publickey = self.public
        socket.curve_server = True
        socket.zap_domain = b"kenali"

    def admits(self, client: bytes) -> bool:
        """Whether the public key `client`, in Z85, is among those let in."""
        return any(_public_of(file) == client for file in self.clients.glob(f"*{_PUBLIC}"))


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """A client's pair and the hub's public key, in Z85."""

    public: bytes
    secret: bytes = field(repr=False)
    hub: bytes

    def secure(self, socket: zmq.SyncSocket) -> None:
        """Make a socket, before it binds or connects, the client's end."""
        socket.curve_secretkey = self.secret
        socket.curve_publickey = self.public
        socket.curve_serverkey = self.hub


Keys = HubKeys | ClientKeys


def make_keys(folder: Path, client: str = "client") -> list[Path]:
    """Keys for both ends in `folder`: the hub's, unless they are there, and those of one `client`. Returns what was written.

    Raises KenaliError where the client has keys already.
    """
    name = clean_source(client)
    if name == "hub" or (folder / name).exists():
        raise KenaliError(f"{folder / name} is there already: keys are never overwritten; choose another --client")
    hub, written = folder / "hub", []
    if not (hub / f"hub{_SECRET}").exists():
        written += _write_pair(hub, "hub")
    written += _write_pair(folder / name, "client")
    known, admitted = folder / name / f"hub{_PUBLIC}", hub / "clients" / f"{name}{_PUBLIC}"
    write_atomically(known, (hub / f"hub{_PUBLIC}").read_bytes())
    write_atomically(admitted, (folder / name / f"client{_PUBLIC}").read_bytes())
    return [*written, known, admitted]


def hub_keys(folder: Path) -> HubKeys:
    """The hub's keys in `folder`, or in its `hub`; KenaliError where there are none."""
    home = _home(folder, "hub")
    return HubKeys(*_pair(home / f"hub{_SECRET}"), home / "clients")


def client_keys(folder: Path) -> ClientKeys:
    """A client's keys in `folder`, or in its `client`; KenaliError where there are none."""
    home = _home(folder, "client")
    public = _public_of(home / f"hub{_PUBLIC}")
    if public is None:
        raise KenaliError(
            f"{home / f'hub{_PUBLIC}'} holds no key: copy the client's whole folder that  kenali stream keys  made"
        )
    return ClientKeys(*_pair(home / f"client{_SECRET}"), public)


@contextlib.contextmanager
def gate(context: zmq.SyncContext, keys: HubKeys) -> Iterator[Gate]:
    """While it is open, sockets of `context` that `keys` secured let in admitted clients alone. Open it before they bind."""
    found = Gate(context, keys)
    try:
        yield found
    finally:
        found.close()


class Gate:
    """Answers libzmq's question, at each handshake, whether a client's key is admitted. `refused` counts those that are not."""

    def __init__(self, context: zmq.SyncContext, keys: HubKeys) -> None:
        self.refused = 0
        self._keys = keys
        self._socket = context.socket(zmq.REP)
        self._socket.linger = 0
        self._socket.bind(_ZAP)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._answer, name="zap", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _answer(self) -> None:
        try:
            while not self._stopped.is_set():
                if self._socket.poll(200):
                    self._socket.send_multipart(self._verdict(self._socket.recv_multipart()))
        finally:
            self._socket.unbind(_ZAP)  # closing alone gives the name free some time later
            self._socket.close()

    def _verdict(self, request: list[bytes]) -> list[bytes]:
        """version, request id, status code, status text, user id, metadata (RFC 27)."""
        identifier = request[1] if len(request) > 1 else b""
        curve = len(request) == 7 and request[0] == b"1.0" and request[5] == b"CURVE" and len(request[6]) == 32
        if curve and self._keys.admits(z85.encode(request[6])):
            return [b"1.0", identifier, b"200", b"OK", b"", b""]
        self.refused += 1
        return [b"1.0", identifier, b"400", b"not admitted", b"", b""]


def _home(folder: Path, role: str) -> Path:
    for home in (folder, folder / role):
        if (home / f"{role}{_SECRET}").is_file():
            return home
    raise KenaliError(f"{folder} holds no keys for a {role}: make them with  kenali stream keys {folder}")


def _pair(file: Path) -> tuple[bytes, bytes]:
    """(public, secret) of a file, in Z85."""
    try:
        public, secret = load_certificate(file)
    except (OSError, ValueError):
        public, secret = b"", None
    if len(public) != 40 or secret is None or len(secret) != 40:
        raise KenaliError(f"{file} holds no pair of keys as  kenali stream keys  writes it")
    return public, secret


def _public_of(file: Path) -> bytes | None:
    """The public key of a file, in Z85; None where it holds none."""
    try:
        return load_certificate(file)[0]
    except (OSError, ValueError):
        return None


def _write_pair(folder: Path, name: str) -> list[Path]:
    """A new pair: a file with both keys that only its owner can read, and one with the public key."""
    public, secret = (key.decode() for key in zmq.curve_keypair())
    whole, half = folder / f"{name}{_SECRET}", folder / f"{name}{_PUBLIC}"
    write_atomically(whole, f'metadata\ncurve\n    public-key = "{public}"\n    secret-key = "{secret}"\n', private=True)
    write_atomically(half, f'metadata\ncurve\n    public-key = "{public}"\n')
    return [whole, half]
