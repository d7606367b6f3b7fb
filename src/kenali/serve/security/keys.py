"""API keys: 256 random bits each, shown once; the state folder holds no more than their SHA-256.

What is random over 256 bits cannot be guessed, so one fast hash guards it at rest: slow hashes are for passwords, which
people choose.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import secrets
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kenali.errors import KenaliError, did_you_mean
from kenali.files import write_atomically
from kenali.locked import FileLock

log = logging.getLogger(__name__)

Scope = Literal["read", "predict", "feedback", "identify", "enrol", "erase", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
USUAL: tuple[Scope, ...] = ("read", "predict", "feedback")
CLOSED: frozenset[Scope] = frozenset({"identify", "enrol", "erase", "admin"})
"""What an open server does for nobody: a gallery is its owner's alone, even on one computer."""
PREFIX = "kenali_"  # so that people, and scanners of repositories, know one when they see it
SEEN_WITHIN_S = 1.0  # running workers look at the file this often


class Key(BaseModel):
    """One key as it is kept; the key itself is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[0-9a-f]{8}$")
    name: str = Field(min_length=1, max_length=80)
    scopes: tuple[Scope, ...] = Field(min_length=1)
    rate: float | None = Field(default=None, gt=0)  # requests a second; None: the server's
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    last4: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or "admin" in self.scopes  # keys of earlier versions hold fewer names

    def usable(self, now: datetime) -> bool:
        return self.revoked is None and (self.expires is None or now < self.expires)


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    keys: tuple[Key, ...] = ()


class KeyFile:
    """`keys.json` of a state folder: what `kenali keys` changes."""

    def __init__(self, state: Path) -> None:
        self.path = state / "keys.json"

    def read(self) -> tuple[Key, ...]:
        """All keys ever made, oldest first; none where there is no file.

        Raises KenaliError for a file that is no list of keys: then nobody can be let in, or left out, with certainty.
        """
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return ()
        try:
            return _Document.model_validate_json(text).keys
        except ValidationError as error:
            first = error.errors()[0]
            raise KenaliError(
                f"{self.path} is not a list of keys ({first['msg']}): restore it, or delete it and make new keys"
            ) from None

    def add(
        self,
        name: str,
        scopes: Iterable[Scope] = USUAL,
        *,
        rate: float | None = None,
        expires_days: float | None = None,
    ) -> tuple[Key, str]:
        """A new key and its secret, which is nowhere else. `admin` includes all other scopes."""
        wanted = set(scopes)
        secret = PREFIX + secrets.token_urlsafe(32)
        now = datetime.now(UTC).replace(microsecond=0)
        try:
            key = Key(
                id=secrets.token_hex(4),
                name=name.strip(),
                scopes=tuple(scope for scope in SCOPES if scope in wanted or "admin" in wanted),
                rate=rate,
                created=now,
                expires=None if expires_days is None else now + timedelta(days=expires_days),
                last4=secret[-4:],
                sha256=digest(secret),
            )
        except ValidationError as error:
            first = error.errors()[0]
            raise KenaliError(f"no such key can be made: {first['loc'][0]}: {first['msg']}") from None
        with self._alone():
            self._write((*self.read(), key))
        return key, secret

    def revoke(self, key_id: str) -> Key:
        """The key, of no use from now on; it stays in the list. Raises KenaliError for an id that no key has."""
        with self._alone():
            keys = self.read()
            found = next((key for key in keys if key.id == key_id), None)
            if found is None:
                raise KenaliError(f"no key has the id {key_id!r}.{did_you_mean(key_id, (key.id for key in keys))}")
            if found.revoked is None:
                found = found.model_copy(update={"revoked": datetime.now(UTC).replace(microsecond=0)})
                self._write(tuple(found if key.id == key_id else key for key in keys))
        return found

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process changes the file meanwhile."""
        with contextlib.closing(FileLock(self.path.with_suffix(".lock"))) as lock, lock:
            yield

    def _write(self, keys: tuple[Key, ...]) -> None:
        write_atomically(self.path, _Document(keys=keys).model_dump_json(indent=1) + "\n", private=True)


class KeyRing:
    """The keys as a running worker knows them: looked up in a microsecond, read anew within a second of a change
    (at once for a key that is not known yet).

    `required` says whether a request needs a key at all: where none was ever made, a server on loopback is open; once one was,
    it stays closed until it is started anew, even if the file is lost.
    """

    def __init__(self, file: KeyFile, *, always: bool) -> None:
        self._file = file
        self._by_digest: dict[str, Key] = {}
        self._by_id: dict[str, Key] = {}
        self._looked = time.monotonic()
        self.required = always
        self._stamp = self._stamp_now()
        self._read()

    def find(self, secret: str) -> Key | None:
        """The usable key that `secret` is, one made a moment ago too: what is unknown has the file looked at there and then."""
        self.refresh()
        sha256 = digest(secret)
        if sha256 not in self._by_digest:
            self._look()
        return _usable(self._by_digest.get(sha256))

    def get(self, key_id: str) -> Key | None:
        """The usable key of an id."""
        self.refresh()
        return _usable(self._by_id.get(key_id))

    def refresh(self) -> None:
        """Look at the file, if the last look is a second old."""
        if time.monotonic() >= self._looked + SEEN_WITHIN_S:
            self._look()

    def _look(self) -> None:
        """Read the file if it has changed. An unreadable one changes nothing."""
        self._looked = time.monotonic()
        try:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._stamp = stamp  # before reading: a damaged file is complained about once
                self._read()
        except (KenaliError, OSError) as error:
            log.error("the keys stay as they were: %s", error)

    def _read(self) -> None:
        keys = self._file.read()
        self._by_digest = {key.sha256: key for key in keys}
        self._by_id = {key.id: key for key in keys}
        self.required = self.required or bool(keys)

    def _stamp_now(self) -> tuple[int, int, int] | None:
        try:
            found = self._file.path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _usable(key: Key | None) -> Key | None:
    return key if key and key.usable(datetime.now(UTC)) else None
