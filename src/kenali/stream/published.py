"""Answers as a hub publishes them: the source's name as topic, the answer as JSON, and perhaps the picture as JPEG."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from kenali.errors import KenaliError
from kenali.stream.values import Answer, Quarantined, Sighting, Stamp

_LARGEST = 256 * 1024
_MOST_SIGHTINGS = 1024
_LONGEST = 1000


def pack_answer(answer: Answer, jpeg: bytes | None = None) -> list[bytes]:
    """The parts of an answer's message."""
    parts = [answer.stamp.source.encode(), json.dumps(asdict(answer), allow_nan=False).encode()]
    return parts if jpeg is None else [*parts, jpeg]


def parse_answer(parts: Sequence[bytes]) -> tuple[Answer, bytes | None] | Quarantined:
    """The answer that the `parts` of a message hold, with its picture; or why they hold none."""
    if len(parts) not in (2, 3) or len(parts[1]) > _LARGEST:
        return Quarantined("parts", f"an answer has two or three parts and {_LARGEST:,} bytes of JSON at most")
    try:
        answer = answer_from(json.loads(parts[1]))
    except (ValueError, OverflowError, RecursionError, KeyError, TypeError, KenaliError) as error:
        return Quarantined("bad-answer", f"the message is no answer ({type(error).__name__}: {str(error)[:200]})")
    return answer, parts[2] if len(parts) == 3 else None


def answer_from(document: dict[str, Any]) -> Answer:
    """The answer that `dataclasses.asdict` made a document of. Raises KeyError, TypeError, ValueError or KenaliError."""
    values = dict(document)
    stamp = values.pop("stamp")
    sightings = values.pop("sightings")
    if not isinstance(sightings, list) or len(sightings) > _MOST_SIGHTINGS:
        raise ValueError(f"expected at most {_MOST_SIGHTINGS} sightings")
    error = values.pop("error", None)
    return Answer(
        Stamp(_text(stamp["source"]), _text(stamp["session"]), _whole(stamp["sequence"]), _whole(stamp["captured_ns"])),
        worker=_text(values.pop("worker")),
        model=_text(values.pop("model")),
        sightings=tuple(map(_sighting, sightings)),
        error=None if error is None else _text(error),
        **{name: _whole(value) for name, value in values.items()},
    )


def _sighting(document: dict[str, Any]) -> Sighting:
    values = dict(document)
    box, track = values.pop("box", None), values.pop("track", None)
    if box is not None and len(box) != 4:
        raise ValueError("expected a box of four numbers")
    return Sighting(
        _text(values.pop("label")),
        box=None if box is None else (_number(box[0]), _number(box[1]), _number(box[2]), _number(box[3])),
        track=None if track is None else _whole(track),
        **{name: None if value is None else _OPTIONAL[name](value) for name, value in values.items()},
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError(f"expected a text of at most {_LONGEST} characters")
    return value


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("expected a whole number that is not negative")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("expected a finite number")
    return float(value)


_OPTIONAL: dict[str, Any] = {"reason": _text, "confidence": _number, "distance": _number, "person": _text}
