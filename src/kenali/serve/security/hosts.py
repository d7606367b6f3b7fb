"""Which names the server answers to, and whose pages may change something.

A page of another site can make a browser send requests to this computer, and, by letting its own name resolve to 127.0.0.1
("DNS rebinding"), even read the answers. So a server on loopback answers to its own names alone, and no request that
changes something is taken from another site's page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from kenali.addresses import is_loopback
from kenali.serve.settings import Settings

Headers = Sequence[tuple[bytes, bytes]]

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})


def header(headers: Headers, name: bytes) -> str | None:
    """The first value of a header, by its lower-case name; None where it is not there."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return None


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names the server answers to (None: all; keys guard it then) and the foreign origins it is open to."""

    names: frozenset[str] | None
    origins: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> Hosts:
        local = is_loopback(settings.host)
        names = (
            frozenset({"localhost", "127.0.0.1", "[::1]", *_own(settings.host), *_listed(settings.host_names)})
            if local or settings.host_names
            else None
        )
        return cls(names, frozenset(origin.rstrip("/").lower() for origin in settings.origins))

    def answers_to(self, host: str | None) -> bool:
        """Whether a Host header is one of this server's names."""
        return self.names is None or (host is not None and _name(host) in self.names)

    def same_origin(self, headers: Headers) -> bool:
        """Whether a browser says that one of this server's own pages sent the request; False where nothing is said."""
        origin = header(headers, b"origin")
        if origin in (None, "null"):  # which pages that never tell whence they are say of themselves, too
            return header(headers, b"sec-fetch-site") == "same-origin"
        return _place(origin) == (header(headers, b"host") or "-").lower()

    def foreign(self, method: str, headers: Headers) -> bool:
        """Whether another site's page sent a request that could change something."""
        if method in _HARMLESS:
            return False
        origin = header(headers, b"origin")
        if origin is None:
            return header(headers, b"sec-fetch-site") in ("cross-site", "same-site")
        return origin.lower() not in self.origins and not self.same_origin(headers)


def _listed(names: Sequence[str]) -> list[str]:
    return [name.lower() for name in names]


def _own(host: str) -> frozenset[str]:
    """What a server on another of the loopback addresses is called."""
    return frozenset({f"[{host.lower()}]" if ":" in host else host.lower()}) if is_loopback(host) else frozenset()


@lru_cache(maxsize=256)
def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()


@lru_cache(maxsize=256)
def _place(origin: str) -> str:
    """`host:port` of an origin. Not its scheme: behind a proxy that encrypts, the server cannot know it."""
    try:
        return urlsplit(origin.lower()).netloc
    except ValueError:  # such as http://[
        return ""
