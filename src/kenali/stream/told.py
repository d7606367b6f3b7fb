"""Appearances as programs and people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kenali.stream.appearances import Appearance

_SECOND = 10**9


def iso(ns: int) -> str:
    """A time as RFC 3339 has it, in UTC, to the millisecond."""
    return datetime.fromtimestamp(ns / _SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(ns: int) -> str:
    """A time of day where this machine is."""
    return datetime.fromtimestamp(ns / _SECOND).astimezone().strftime("%H:%M:%S")


def as_json(one: Appearance) -> dict[str, Any]:
    """The appearance as documented; times in UTC, `seconds` from the first frame to the last."""
    return {
        "id": one.id,
        "source": one.source,
        "session": one.session,
        "track": one.track,
        "label": one.label,
        "person": one.person,
        "model": one.model,
        "first_seen": iso(one.first_ns),
        "last_seen": iso(one.last_ns),
        "seconds": round(one.seconds, 3),
        "frames": one.frames,
        "confidence": one.confidence,
        "distance": one.distance,
    }
