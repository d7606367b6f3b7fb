"""Addresses of links, and which of them may be used without encryption: those that stay on this computer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kenali.addresses import is_loopback
from kenali.errors import KenaliError

_TCP = re.compile(r"(?:tcp://)?(?P<host>\*|\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_.-]+):(?P<port>[0-9]{1,5}|\*)")


@dataclass(frozen=True, slots=True)
class Address:
    """A place to bind or to connect to. `url` is ZeroMQ's spelling; `local` says that it stays on this computer."""

    url: str
    local: bool

    def __str__(self) -> str:
        return self.url


def parse_address(text: str) -> Address:
    """`tcp://HOST:PORT`, `HOST:PORT` or `ipc://PATH`; HOST `*` is every interface, PORT `*` or 0 any that is free.

    KenaliError for anything else.
    """
    if text.startswith("ipc://") and len(text) > len("ipc://"):
        return Address(text, local=True)
    found = _TCP.fullmatch(text)
    if found is None or (found["port"] != "*" and int(found["port"]) > 65535):
        raise KenaliError(f"an address is tcp://HOST:PORT (or ipc://PATH), such as tcp://127.0.0.1:5555, got {text!r}")
    port = "*" if found["port"] in ("*", "0") else found["port"]
    return Address(f"tcp://{found['host']}:{port}", is_loopback(found["host"]))


def check_exposure(addresses: list[Address], *, encrypted: bool, insecure: bool) -> tuple[str, ...]:
    """Sentences of advice; KenaliError where frames would leave this computer unencrypted and nobody allowed it."""
    open_ones = [address.url for address in addresses if not address.local]
    if not open_ones or encrypted:
        return ()
    if not insecure:
        raise KenaliError(
            f"{open_ones[0]} is not this computer alone, so the link must be encrypted: make keys once with  "
            "kenali stream keys DIR  and give --curve DIR at both ends; or, on a network of your own, allow it with --insecure"
        )
    return (f"Frames and answers travel unencrypted and unauthenticated over {', '.join(open_ones)} (--insecure).",)
