"""Streams as they go over the wire: documents of what cameras see, and the messages of server-sent events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from kenali.doubt import UNKNOWN
from kenali.stream.appearances import Appearance, Change
from kenali.stream.sense import Seen
from kenali.stream.told import as_json, iso

COUNTS = ("received", "answered", "dropped", "skipped", "quarantined", "lost", "in_flight")
SOMEBODY = "somebody"
"""What enrolled people are called for those who may not know their names."""


def frame(seen: Seen, latency_ms: float, *, picture: bool) -> dict[str, Any]:
    """What was seen in a frame: of each sighting what it is by vote (`label`) and what this frame alone says.

    `picture` says whether the camera's newest picture is this frame's.
    """
    answer = seen.answer
    return {
        "source": answer.stamp.source,
        "session": answer.stamp.session,
        "sequence": answer.stamp.sequence,
        "captured": iso(answer.stamp.captured_ns),
        "answered": iso(answer.answered_ns),
        "latency_ms": latency_ms,
        "width": answer.width,
        "height": answer.height,
        "model": answer.model,
        "worker": answer.worker,
        "error": answer.error,
        "picture": picture,
        "sightings": [
            {
                "label": voted.label,
                "frame_label": one.label,
                "reason": one.reason,
                "confidence": one.confidence,
                "distance": one.distance,
                "box": one.box,
                "track": one.track,
                "person": voted.person or one.person,
            }
            for one, voted in zip(answer.sightings, seen.voted, strict=False)
        ],
    }


def appearance(one: Appearance, *, present: bool) -> dict[str, Any]:
    """An appearance, and whether it goes on."""
    return as_json(one) | {"present": present}


def change(what: Change) -> dict[str, Any]:
    return appearance(what.appearance, present=what.kind != "ended")


def counted(counts: Mapping[str, Any]) -> dict[str, int]:
    """The hub's counts of a camera's frames; they sum up: received is the sum of the others."""
    return {name: counts[name] if type(counts.get(name)) is int else 0 for name in COUNTS}


def nameless(document: Any) -> Any:
    """The document without what tells who an enrolled person is."""
    if isinstance(document, list | tuple):
        return [nameless(one) for one in document]
    if not isinstance(document, dict):
        return document
    found = {name: nameless(value) for name, value in document.items()}
    if found.get("person"):
        called = {name: SOMEBODY for name in ("label", "frame_label") if found.get(name, UNKNOWN) != UNKNOWN}
        found |= called | {"person": None, "distance": None}
    return found


class Message(NamedTuple):
    """A server-sent event, with names and without."""

    named: bytes
    nameless: bytes

    @classmethod
    def of(cls, event: str, document: Mapping[str, Any]) -> Message:
        hidden = nameless(document)
        named = _event(event, document)
        return cls(named, named if hidden == document else _event(event, hidden))

    def told(self, *, names: bool) -> bytes:
        return self.named if names else self.nameless


def _event(event: str, document: Mapping[str, Any]) -> bytes:
    """JSON holds no line breaks of its own."""
    return f"event: {event}\ndata: {json.dumps(document, separators=(',', ':'), allow_nan=False)}\n\n".encode()
