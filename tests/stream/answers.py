"""Answers as a hub would publish them."""

from __future__ import annotations

from collections.abc import Sequence

from kenali.stream.values import Answer, Sighting, Stamp

SECOND = 10**9
BEGUN = 1_800_000_000 * SECOND

Box = tuple[float, float, float, float]


def answer(
    sequence: int,
    sightings: Sequence[Sighting] = (),
    *,
    source: str = "door",
    session: str = "0000000a",
    worker: str = "w1",
    at_s: float | None = None,
    error: str | None = None,
) -> Answer:
    """The answer to a frame, ten a second unless `at_s` says when."""
    taken = BEGUN + round((sequence / 10 if at_s is None else at_s) * SECOND)
    stamp = Stamp(source, session, sequence, taken - SECOND // 100)
    return Answer(stamp, worker, "faces", tuple(sightings), taken, taken + SECOND // 20, 640, 480, error)


def face(label: str, x: float = 0.1, distance: float = 0.3) -> Sighting:
    return Sighting(label, distance=distance, box=(x, 0.2, 0.2, 0.3), person=None if label == "unknown" else f"id-{label}")


def whole(label: str, confidence: float = 0.9) -> Sighting:
    return Sighting(label, confidence=confidence)
