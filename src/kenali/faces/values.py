"""What the stages of face recognition pass on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kenali.errors import KenaliError
from kenali.types import FloatArray, IntArray

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the photo."""

Flaw = Literal["small", "blurred", "dark", "bright", "turned"]
"""Why a face is poor material: its stable code."""

Chip = NDArray[np.uint8]
"""An aligned face, uint8 (side, side, 3), RGB."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face in a photo: its `box`, the detector's `score` (0..1), and `landmarks` float32 (5, 2).

    The landmarks are (x, y) of the eye at the left of the picture, the eye at the right, the nose's tip, and the mouth's
    left and right corner, in pixels of the photo.
    """

    box: Box
    score: float
    landmarks: FloatArray

    @property
    def side(self) -> float:
        """The shorter side of the box, in pixels."""
        left, top, right, bottom = self.box
        return min(right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a face is to recognise by, and its `flaws`.

    `side` is the box's shorter side in pixels; `sharpness` the standard deviation of the chip's Laplacian in grey levels;
    `brightness` the chip's mean luminance, 0..1; `turn` how far the nose stands from the middle of the eyes, in
    distances between the eyes: 0 for a frontal face, about .5 for a half profile.
    """

    side: float
    sharpness: float
    brightness: float
    turn: float
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """The embeddings of a gallery or a labelled folder.

    `matrix` float32 (n, d) has rows of length one, `persons` int64 (n,) says whose each is, as an index of `names` (p,) and
    `groups` (p,), which are None where a person has no group. `version` is that of the gallery they were read from, `ids` (p,)
    are the pseudonyms that people have there.
    """

    matrix: FloatArray
    persons: IntArray
    names: tuple[str, ...]
    groups: tuple[str | None, ...] = ()
    version: int = 0
    ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.matrix.ndim != 2 or self.persons.shape != self.matrix.shape[:1]:
            raise KenaliError(f"vectors must be (n, d) with n persons, got {self.matrix.shape} and {self.persons.shape}")
        if len(self.persons) and not 0 <= self.persons.min() <= self.persons.max() < len(self.names):
            raise KenaliError("a vector's person lies outside the names")
        if not self.groups:
            object.__setattr__(self, "groups", (None,) * len(self.names))

    def __len__(self) -> int:
        return len(self.matrix)
