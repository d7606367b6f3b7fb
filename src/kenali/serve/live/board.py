"""What is known of each camera now: its newest picture, its pace, its latest appearances.

Bounded, and safe for several threads.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from kenali.serve.live.told import Message, appearance, change, counted, frame
from kenali.stream.appearances import Appearance, Change
from kenali.stream.results import Published
from kenali.stream.sense import Seen
from kenali.stream.values import Answer, Stamp

_PACE_S = 10.0
_MOST_PACE = 1000
_KEPT_EVENTS = 200
_LARGEST_PICTURE = 8 * 1024 * 1024
_MOST_SOURCES = 256
_ALIVE_S = 5.0


@dataclass(frozen=True, slots=True)
class Picture:
    """The newest picture of a camera, a JPEG, and which frame it is."""

    stamp: Stamp
    jpeg: bytes = field(repr=False)


@dataclass(slots=True)
class _Camera:
    picture: Picture | None = None
    answer: Answer | None = None
    message: Message | None = None
    pace: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_MOST_PACE))  # (when, latency in ms)
    least_ns: int | None = None
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    present: tuple[Appearance, ...] = ()
    heard: float = 0.0


class Board:
    """The cameras of a hub, written by one thread and read by any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cameras: dict[str, _Camera] = {}
        self._status: dict[str, Any] = {}
        self.connected = False

    def picture(self, published: Published) -> None:
        """Keep the picture that came with an answer, unless it could not be looked at."""
        if published.picture and not published.answer.error and len(published.picture) <= _LARGEST_PICTURE:
            with self._lock:
                if camera := self._camera(published.answer.stamp.source):
                    camera.picture = Picture(published.answer.stamp, published.picture)

    def seen(self, seen: Seen) -> Message | None:
        """Note an answer; the message that tells of it."""
        answer = seen.answer
        with self._lock:
            camera = self._camera(answer.stamp.source)
            if camera is None:
                return None
            camera.heard, camera.answer = time.monotonic(), answer
            latency_ms = self._latency_ms(camera, answer)
            camera.pace.append((camera.heard, latency_ms))
            pictured = camera.picture is not None and camera.picture.stamp == answer.stamp
            camera.message = Message.of("frame", frame(seen, latency_ms, picture=pictured))
            return camera.message

    def latest(self) -> dict[str, Message]:
        """The message of each camera's newest frame."""
        with self._lock:
            return {name: camera.message for name, camera in self._cameras.items() if camera.message}

    def changed(self, what: Change) -> Message | None:
        """Note what became of an appearance; the message for its beginning and its end."""
        document = change(what)
        with self._lock:
            if camera := self._camera(what.appearance.source):
                camera.events[what.appearance.id] = document
                while len(camera.events) > _KEPT_EVENTS:
                    del camera.events[next(iter(camera.events))]
        return None if what.kind == "on" else Message.of("appearance", document)

    def counted(self, status: dict[str, Any]) -> None:
        """Note what the hub counts."""
        with self._lock:
            self._status = status

    def there(self, source: str, present: tuple[Appearance, ...]) -> None:
        """Note what is before a camera now."""
        with self._lock:
            if camera := self._camera(source):
                camera.present = present

    def sources(self) -> tuple[str, ...]:
        """The cameras that were heard of, in alphabetical order."""
        with self._lock:
            told = (name for name in self._status.get("sources", {}) if not name.startswith("#"))
            return tuple(sorted({*self._cameras, *told}))

    def newest(self, source: str) -> Picture | None:
        """The newest picture of a camera, None where there is none."""
        with self._lock:
            camera = self._cameras.get(source)
            return camera.picture if camera else None

    def events(self, source: str, limit: int) -> list[dict[str, Any]] | None:
        """A camera's latest appearances, the last to begin first; None for a camera that nobody has heard of."""
        with self._lock:
            camera = self._cameras.get(source)
            if camera is None:
                return [] if source in self._status.get("sources", {}) else None
            found = sorted(camera.events.values(), key=lambda one: one["first_seen"], reverse=True)
        return found[:limit]

    def document(self) -> dict[str, Any]:
        """All cameras, their counts and pace: the answer to `GET /v1/streams`."""
        names = self.sources()
        with self._lock:
            workers = self._status.get("workers", [])
            return {
                "connected": self.connected,
                "sources": [self._told(name) for name in names],
                "workers": [{name: one.get(name) for name in ("name", "model", "answered")} for one in workers if one],
            }

    def _told(self, name: str) -> dict[str, Any]:
        counts = self._status.get("sources", {}).get(name, {})
        camera = self._cameras.get(name) or _Camera()
        since = time.monotonic() - _PACE_S
        lately = sorted(latency for when, latency in camera.pace if when >= since)
        # Half a second tells too little of a camera's pace; what came in the last ten seconds does.
        began = min((when for when, _ in camera.pace if when >= since), default=since)
        span = max(1.0, time.monotonic() - began)
        return {
            "name": name,
            "alive": bool(counts["alive"]) if "alive" in counts else time.monotonic() - camera.heard < _ALIVE_S,
            "policy": counts.get("policy"),
            "twins": bool(counts.get("twins")),
            "frames_per_second": round(len(lately) / span, 2),
            "latency_ms": {"median": _at(lately, 0.5), "p99": _at(lately, 0.99)},
            "counts": counted(counts),
            "skew_ms": round(counts["skew_ns"] / 1e6, 1) if isinstance(counts.get("skew_ns"), int) else None,
            "model": camera.answer.model if camera.answer else None,
            "width": camera.answer.width if camera.answer else None,
            "height": camera.answer.height if camera.answer else None,
            "picture": camera.picture is not None,
            "present": [appearance(one, present=True) for one in camera.present],
        }

    def _latency_ms(self, camera: _Camera, answer: Answer) -> float:
        """From capture to answer. The clocks' difference is the least time that a frame seemed to take to the hub."""
        taken = answer.taken_ns - answer.stamp.captured_ns
        told = self._status.get("sources", {}).get(answer.stamp.source, {}).get("skew_ns")
        camera.least_ns = taken if camera.least_ns is None else min(camera.least_ns, taken)
        skew = told if isinstance(told, int) else camera.least_ns
        return round(max(0, answer.answered_ns - answer.stamp.captured_ns - skew) / 1e6, 1)

    def _camera(self, name: str) -> _Camera | None:
        """The camera of this name; None for one too many."""
        found = self._cameras.get(name)
        if found is None and len(self._cameras) < _MOST_SOURCES:
            found = self._cameras[name] = _Camera()
        return found


def _at(values: list[float], share: float) -> float | None:
    return values[min(len(values) - 1, int(share * len(values)))] if values else None
