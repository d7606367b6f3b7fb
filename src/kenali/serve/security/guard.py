"""Who asks, and whether they may: keys, sessions and rates as one dependency of the routes."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from fastapi import Request
from fastapi import Security as SecurityNeed
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from kenali.serve import metrics, record
from kenali.serve.problems import ProblemError
from kenali.serve.security.binding import exposed
from kenali.serve.security.hosts import Hosts
from kenali.serve.security.keys import CLOSED, USUAL, Key, KeyFile, KeyRing, Scope
from kenali.serve.security.sessions import Sessions
from kenali.serve.settings import Settings
from kenali.serve.shared import Counter

BURST_S = 2.0  # a key that has been quiet may ask at once what its rate gives in this time
FAILURES = (5.0, 20.0)  # wrong keys a second and at once, by address: nobody guesses, but nobody may flood the log either


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the id of a key, or `-` where the server is open."""

    key_id: str
    scopes: frozenset[Scope]
    by: Literal["key", "session", "open"]


class LoginNeeded(Exception):
    """A person in a browser must log in first, and comes back to `path`."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Security:
    """Everything that decides about a request, one a worker; what workers share lies in the run folder."""

    def __init__(self, settings: Settings, run: Path, rates: Counter) -> None:
        self.hosts = Hosts.of(settings)
        self.keys = KeyRing(KeyFile(settings.state), always=exposed(settings))
        self.sessions = Sessions(run, secure=settings.tls is not None)
        self._rates = rates
        self._rate = settings.rate

    async def admit(self, connection: HTTPConnection, scopes: tuple[Scope, ...], every: bool = False) -> Caller:
        """The caller, who has one of `scopes`, or `every` one, and has not asked too often; else a ProblemError."""
        self.keys.refresh()
        if not self.keys.required and (CLOSED.isdisjoint(scopes) if every else not CLOSED.issuperset(scopes)):
            caller = Caller("-", frozenset(USUAL), "open")
            await self._charge(connection, f"address {_network(connection)}", self._rate)
            return caller
        key, by = await self._key(connection)
        record.of(connection.scope).key_id = key.id
        if not (all if every else any)(map(key.may, scopes)):
            wanted = (" and " if every else " or ").join(map(repr, scopes))
            told = " ".join(scopes if every else scopes[:1])
            raise ProblemError(
                "forbidden",
                f"the key {key.id} may not do this: it needs the scope {wanted}",
                headers={"WWW-Authenticate": f'Bearer realm="kenali", error="insufficient_scope", scope="{told}"'},
            )
        own = self._rate if "admin" not in key.scopes else None
        await self._charge(connection, f"key {key.id}", key.rate or own)
        return Caller(key.id, frozenset(key.scopes), by)

    def still(self, caller: Caller) -> bool:
        """Whether a caller who was admitted once would be so now: for answers that go on and on."""
        self.keys.refresh()
        return not self.keys.required if caller.by == "open" else self.keys.get(caller.key_id) is not None

    async def log_in(self, connection: HTTPConnection, secret: str) -> Key:
        """The key that a person has typed; a ProblemError if it is none."""
        key = self.keys.find(secret)
        if key is None:
            await self._failed(connection)
            raise ProblemError("unauthorized", "this key is not known, is revoked or has expired")
        record.of(connection.scope).key_id = key.id
        return key

    async def _key(self, connection: HTTPConnection) -> tuple[Key, Literal["key", "session"]]:
        headers = connection.headers
        secret = _secret(headers.get("authorization"), headers.get("x-api-key"))
        if secret is not None:
            key = self.keys.find(secret)
            if key is None:
                await self._failed(connection)
                raise _unauthorized("this key is not known, is revoked or has expired", 'error="invalid_token"')
            return key, "key"
        key_id = self.sessions.key_id(headers.get("cookie", ""))
        key = self.keys.get(key_id) if key_id else None
        if key is None:
            if _is_person(connection):
                raise LoginNeeded(connection.url.path)
            raise _unauthorized("a key is needed, as  Authorization: Bearer KEY  or  X-Api-Key: KEY")
        harmless = connection.scope["method"] in ("GET", "HEAD")
        if not harmless and not self.hosts.same_origin(connection.scope["headers"]):
            raise ProblemError("forbidden", "a session may change something only from this server's own pages")
        return key, "session"

    async def _charge(self, connection: HTTPConnection, who: str, rate: float | None) -> None:
        if rate is None:
            return
        verdict = await self._rates.ask(who, rate, BURST_S * rate)
        noted = record.of(connection.scope)
        noted.headers += verdict.headers()
        if not verdict.allowed:
            metrics.limited(noted.key_id)
            raise ProblemError(
                "rate",
                f"more than {rate:g} requests a second: try again in {verdict.retry_after_s:.2g} seconds",
                retry_after_s=verdict.retry_after_s,
            )

    async def _failed(self, connection: HTTPConnection) -> None:
        verdict = await self._rates.ask(f"failures {_network(connection)}", *FAILURES)
        if not verdict.allowed:
            metrics.limited("-")
            raise ProblemError("rate", "too many wrong keys from this address", retry_after_s=verdict.retry_after_s)


class Guard(SecurityBase):
    """A route's dependency: gives the `Caller`, or ends the request. The OpenAPI document says what it needs."""

    def __init__(self, scopes: tuple[Scope, ...], every: bool) -> None:
        self.scopes = scopes
        self.every = every
        self.model = HTTPBearer(description="A key of `kenali keys add`; the header X-Api-Key may carry it too.")
        self.scheme_name = "key"

    async def __call__(self, request: Request) -> Caller:
        security: Security = request.app.state.security
        return await security.admit(request, self.scopes, self.every)


def needs(*scopes: Scope) -> Any:
    """The dependency of a route that takes one of these scopes: `caller: Annotated[Caller, needs("predict")]`."""
    return SecurityNeed(Guard(scopes, every=False), scopes=["|".join(scopes)])  # alternatives, which `openapi` spells out


def needs_all(*scopes: Scope) -> Any:
    """The dependency of a route that takes all of these scopes."""
    return SecurityNeed(Guard(scopes, every=True), scopes=list(scopes))


def _secret(authorization: str | None, api_key: str | None) -> str | None:
    """The key that a request carries in its headers."""
    if authorization is None:
        return api_key
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise _unauthorized("the Authorization header must read  Bearer KEY", 'error="invalid_request"')
    return secret.strip()


def _unauthorized(sentence: str, error: str = "") -> ProblemError:
    return ProblemError(
        "unauthorized", sentence, headers={"WWW-Authenticate": ", ".join(filter(None, ('Bearer realm="kenali"', error)))}
    )


def _is_person(connection: HTTPConnection) -> bool:
    """Whether a browser asks for a page."""
    return (
        connection.scope["method"] == "GET"
        and "text/html" in connection.headers.get("accept", "")
        and not connection.url.path.startswith("/v1/")
    )


def _network(connection: HTTPConnection) -> str:
    client = connection.client
    return _network_of(client.host) if client else "-"


@lru_cache(maxsize=4096)
def _network_of(address: str) -> str:
    """An IPv4 address; of an IPv6 address the half that one network shares."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
