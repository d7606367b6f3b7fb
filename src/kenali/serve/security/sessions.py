"""Sessions of people in a browser: a signed cookie that names a key and the end of its use.

Nothing is kept but one secret in the run folder, which all workers share: a session ends after some hours, when its key is
revoked, or when the server is started anew.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from contextlib import closing
from pathlib import Path

from kenali.locked import FileLock

LASTS_S = 12 * 3600


class Sessions:
    """Opens sessions and knows its own again. `secure`: the cookie is for HTTPS alone."""

    def __init__(self, folder: Path, *, secure: bool) -> None:
        self._secret = _shared_secret(folder)
        self._secure = secure
        self.name = "__Host-kenali" if secure else "kenali"

    def begin(self, key_id: str, now: float | None = None) -> str:
        """The Set-Cookie header of a session by a key."""
        ends = int((time.time() if now is None else now) + LASTS_S)
        value = f"{key_id}.{ends}"
        return self._cookie(f"{value}.{self._signature(value)}", LASTS_S)

    def end(self) -> str:
        """The Set-Cookie header that makes a browser forget its session."""
        return self._cookie("", 0)

    def key_id(self, cookies: str, now: float | None = None) -> str | None:
        """The key of the session in a Cookie header; None without one, or with one that is over or not ours."""
        for part in cookies.split(";"):
            name, _, found = part.strip().partition("=")
            if name == self.name:
                value, _, signature = found.rpartition(".")
                key_id, _, ends = value.partition(".")
                if not hmac.compare_digest(signature.encode(), self._signature(value).encode()):
                    return None
                return key_id if int(ends) > (time.time() if now is None else now) else None
        return None

    def _signature(self, value: str) -> str:
        return hmac.new(self._secret, value.encode(), hashlib.sha256).hexdigest()

    def _cookie(self, value: str, lasts_s: int) -> str:
        return f"{self.name}={value}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Strict{'; Secure' if self._secure else ''}"


def _shared_secret(folder: Path) -> bytes:
    """The run's secret, made by the first worker that asks."""
    path = folder / "sessions.secret"
    with closing(FileLock(folder / "sessions.lock")) as lock, lock:
        if not path.is_file():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
        return path.read_bytes()
