"""How often each key may ask, exact over all worker processes: the generic cell rate algorithm (ITU-T I.371, 1996).

One number a key, its theoretical arrival time, replaces counters and windows: a request moves it on by one interval, and is
refused when it would lie further ahead of the clock than the burst allows. The numbers lie in a file that all workers map
into memory; a file lock, which a killed worker cannot leave locked, makes reading and writing one step.
"""

from __future__ import annotations

import hashlib
import math
import mmap
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from kenali.locked import FileLock

SLOTS = 8192  # keys and addresses that are remembered at once, 16 bytes each
PROBES = 8  # places where one may lie
_ENTRY = struct.Struct("<Qd")  # whose it is (a hash), its theoretical arrival time on the monotonic clock


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a request may: `remaining` more at once, all of the burst again after `reset_s`."""

    allowed: bool
    rate: float
    burst: float
    remaining: int
    reset_s: float
    retry_after_s: float

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10), as pairs for ASGI."""
        window_s = max(1, round(self.burst / self.rate))
        return [
            (b"ratelimit-policy", b'"key";q=%d;w=%d' % (self.burst, window_s)),
            (b"ratelimit", b'"key";r=%d;t=%d' % (self.remaining, math.ceil(self.reset_s))),
        ]


class Rates:
    """The arrival times of all who ask, in `folder`/rates.bin; every process that opens the same folder shares them.

    The table forgets whom it has nothing against; were it ever full, the one with the least against them.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "rates.lock")
        path = folder / "rates.bin"
        size = SLOTS * _ENTRY.size
        with self._lock:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            try:
                if os.fstat(descriptor).st_size < size:
                    os.truncate(descriptor, size)
                self._table = mmap.mmap(descriptor, size)
            finally:
                os.close(descriptor)

    def charge(self, who: str, rate: float, burst: float, now: float | None = None) -> Verdict:
        """Ask for one request of `who`, who may make `rate` a second and `burst` (at least 1) at once."""
        now = time.monotonic() if now is None else now
        interval = 1 / rate
        most = max(burst, 1.0) * interval  # how far ahead of the clock an arrival time may lie
        name = int.from_bytes(hashlib.blake2b(who.encode(), digest_size=8).digest(), "little") or 1
        with self._lock:
            place, arrival = self._find(name, now)
            ahead = max(arrival - now, 0.0) + interval
            allowed = ahead <= most + 1e-9
            if allowed:
                _ENTRY.pack_into(self._table, place, name, now + ahead)
            else:
                ahead -= interval
        return Verdict(
            allowed=allowed,
            rate=rate,
            burst=burst,
            remaining=int((most - ahead) / interval + 1e-6),
            reset_s=ahead,
            retry_after_s=0.0 if allowed else ahead + interval - most,
        )

    async def ask(self, who: str, rate: float, burst: float) -> Verdict:
        """The same for those who may have to wait for an answer, as other counters make them (`kenali.serve.shared`)."""
        return self.charge(who, rate, burst)

    def _find(self, name: int, now: float) -> tuple[int, float]:
        """The offset of `name`'s entry and its arrival time; else of the entry that is missed least, and `now`."""
        first = name % (SLOTS - PROBES)
        best, least = 0, float("inf")
        for slot in range(first, first + PROBES):
            place = slot * _ENTRY.size
            owner, arrival = _ENTRY.unpack_from(self._table, place)
            if owner == name:
                return place, arrival
            if arrival < least:
                best, least = place, arrival
        return best, now

    def close(self) -> None:
        self._table.close()
        self._lock.close()
