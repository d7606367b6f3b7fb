"""A hub's state as one document: for `/status`, for those who read its answers, and for Prometheus."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kenali.stream.cameras import OTHERS, Camera, Counts, Source
from kenali.stream.dispatch import Dispatcher
from kenali.stream.workforce import Worker

ALIVE_S = 5.0
"""A camera that was not heard for so long counts as away."""

Document = dict[str, Any]


def document(dispatcher: Dispatcher, hub: Document, now: float, wall_ns: int) -> Document:
    """All counts of one moment, JSON-ready. `hub` says what is known of the hub itself; times are seconds but for `*_ns`."""
    sources = [one for one in dispatcher.cameras.sources.values() if one.name != OTHERS or one.counts != Counts()]
    return {
        "hub": hub | {"time_ns": wall_ns, "in_flight": dispatcher.in_flight, "held_bytes": dispatcher.held_bytes},
        "quarantined": dict(dispatcher.cameras.reasons),
        "sources": {source.name: _source(source, now) for source in sources},
        "workers": [_worker(worker, now) for worker in dispatcher.workforce.by_route.values()],
    }


def _source(source: Source, now: float) -> Document:
    sessions = [_camera(camera, now) for camera in source.sessions.values()]
    newest = max(source.sessions.values(), key=lambda camera: camera.heard, default=None)
    median, slow = source.times.quantile(0.5), source.times.quantile(0.99)
    return asdict(source.counts) | {
        "in_flight": source.counts.in_flight,
        "alive": any(session["alive"] for session in sessions),
        "policy": newest.policy.text if newest else None,
        "skew_ns": newest.offset.value if newest else None,
        "twins": now < source.twins_until,
        "sessions": sessions,
        "seconds": {
            "median": median,
            "p99": slow,
            "total": source.times.total_s,
            "buckets": list(source.times.buckets),
        },
    }


def _camera(camera: Camera, now: float) -> Document:
    return {
        "session": camera.session,
        "alive": now - camera.heard < ALIVE_S,
        "heard_s": round(now - camera.heard, 3),
        "policy": camera.policy.text,
        "waiting": len(camera.waiting),
        "in_flight": camera.open,
        "skew_ns": camera.offset.value,
        "plain": not camera.stamped,
    }


def _worker(worker: Worker, now: float) -> Document:
    return {
        "id": worker.id,
        "name": worker.name,
        "model": worker.model,
        "heard_s": round(now - worker.heard, 3),
        "answered": worker.answered,
        "busy_s": round(worker.busy_s, 3),
        "in_flight": len(worker.jobs),
    }
