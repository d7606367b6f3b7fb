"""What the OpenAPI document says of streams."""

from __future__ import annotations

from typing import Any

from kenali.serve.openapi import KEYS, Responses, answers, refusals
from kenali.serve.stream_schemas import AppearanceList, StreamList

_APPEARANCE: dict[str, Any] = {
    "id": "5f0c6b1f2a9d4e77",
    "source": "door",
    "session": "9c1d03aa",
    "track": 4,
    "label": "Eileen Collins",
    "person": "b7e151628aed2a6abf7158809cf4f3c7",
    "model": "faces",
    "first_seen": "2026-11-22T08:01:12.310Z",
    "last_seen": "2026-11-22T08:01:19.870Z",
    "seconds": 7.56,
    "frames": 62,
    "confidence": None,
    "distance": 0.2113,
    "present": True,
}
_STREAMS: dict[str, Any] = {
    "connected": True,
    "sources": [
        {
            "name": "door",
            "alive": True,
            "policy": "latest",
            "twins": False,
            "frames_per_second": 8.4,
            "latency_ms": {"median": 121.5, "p99": 160.2},
            "counts": {
                "received": 5120,
                "answered": 1707,
                "dropped": 3412,
                "skipped": 0,
                "quarantined": 0,
                "lost": 0,
                "in_flight": 1,
            },
            "skew_ms": 0.4,
            "model": "faces",
            "width": 1280,
            "height": 720,
            "picture": True,
            "present": [_APPEARANCE],
        }
    ],
    "workers": [{"name": "faces-1", "model": "faces", "answered": 1707}],
}

STREAMS_RESPONSES = answers(200, StreamList, "The cameras.", _STREAMS) | refusals(*KEYS)
EVENTS_RESPONSES = answers(200, AppearanceList, "The appearances.", {"source": "door", "events": [_APPEARANCE]}) | refusals(
    *KEYS, "not-found", "invalid"
)
_PICTURE: Responses = {
    200: {
        "description": "A JPEG.",
        "headers": {"Kenali-Frame": {"description": "SESSION/SEQUENCE.", "schema": {"type": "string"}}},
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}
PICTURE_RESPONSES = _PICTURE | refusals(*KEYS, "not-found", "invalid")
_LIVE: Responses = {
    200: {
        "description": "Server-sent events, without end unless `seconds` says so; `data` is JSON.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
LIVE_RESPONSES = _LIVE | refusals(*KEYS, "invalid", "busy")
