"""What the routes about faces and people share: the desk, what goes wrong there as problems, values for the wire."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Iterator

from fastapi import Request

from kenali.database.connected import DatabaseRefused
from kenali.errors import KenaliError
from kenali.faces.gallery.keys import CannotOpen
from kenali.faces.gallery.lifecycle import UnknownFace
from kenali.faces.gallery.values import NameTaken, UnknownPerson
from kenali.faces.reader import SeenFace
from kenali.faces.values import Quality
from kenali.serve.face_schemas import FaceQuality, FoundFace, NamedFace
from kenali.serve.faces.desk import FaceDesk
from kenali.serve.faces.known import Named, NotComparable
from kenali.serve.problems import ProblemError
from kenali.serve.room import Busy
from kenali.serve.routes.context import registry_of

log = logging.getLogger(__name__)

_REASONS = {
    UnknownPerson: "unknown-person",
    UnknownFace: "not-found",
    NameTaken: "name-taken",
    NotComparable: "not-comparable",
}
_AGAIN_S = 5.0


def desk_of(request: Request) -> FaceDesk:
    desk = registry_of(request).faces
    assert desk is not None, "these routes are there where faces are served"
    return desk


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What goes wrong inside becomes a problem. The server's log learns of a gallery that fails, and of nobody in it."""
    try:
        yield
    except Busy as busy:
        raise ProblemError("busy", str(busy), retry_after_s=busy.retry_after_s) from None
    except (DatabaseRefused, CannotOpen) as error:
        log.error("%s", error)
        detail = "the gallery does not answer now; the server's log says more"
        raise ProblemError("gallery-unavailable", detail, retry_after_s=_AGAIN_S) from None
    except KenaliError as error:
        raise ProblemError(_REASONS.get(type(error), "invalid"), str(error)) from None


def face_of(seen: SeenFace) -> FoundFace:
    left, top, right, bottom = (round(edge, 1) for edge in seen.face.box)
    one, two, three, four, five = ((round(x, 1), round(y, 1)) for x, y in seen.face.landmarks.tolist())
    return FoundFace(
        box=(left, top, right, bottom),
        score=round(min(1.0, seen.face.score), 4),
        points=(one, two, three, four, five),
        quality=quality_of(seen.quality),
    )


def quality_of(quality: Quality) -> FaceQuality:
    return FaceQuality(
        side=round(quality.side, 1),
        sharpness=round(quality.sharpness, 2),
        brightness=round(quality.brightness, 3),
        turn=round(quality.turn, 3) if math.isfinite(quality.turn) else None,
        flaws=quality.flaws,
    )


def named_of(seen: SeenFace, named: Named) -> NamedFace:
    found = named.match.identity is not None
    return NamedFace(
        **face_of(seen).model_dump(),
        name=named.match.name,
        person=named.person,
        distance=distance_of(named.match.distance) if found else None,
        next_distance=None if named.next_distance is None else distance_of(named.next_distance),
    )


def distance_of(gap: float) -> float:
    """A distance to four digits, 0..2 whatever floating point made of it."""
    return round(min(gap, 2.0), 4)
