"""Who is in a photo, and whether two photos show one person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from kenali.faces.matching import Match, Matcher
from kenali.faces.reader import FaceReader, SeenFace
from kenali.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Identified:
    """A face of a photo and whom it was matched with."""

    seen: SeenFace
    match: Match


def identify(photo: Image.Image, read: FaceReader, match: Matcher) -> list[Identified]:
    """Every face of an upright RGB photo, the surest first, with its match."""
    seen = read(photo)
    if not seen:
        return []
    matches = match(np.stack([one.embedding for one in seen]))
    return [Identified(one, found) for one, found in zip(seen, matches, strict=True)]


def distance(one: FloatArray, other: FloatArray) -> float:
    """The L2 distance of two embeddings (d,) of length one, 0..2."""
    return float(np.linalg.norm(one - other))
