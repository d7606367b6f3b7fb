"""Faces and people as they go over the wire. Needs pydantic only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kenali.serve.schemas import Refusal, Wire

Identity = Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="A pseudonym, drawn at random.")]
Distance = Annotated[float, Field(ge=0, le=2, description="Between vectors of length one: 0 for the same, up to 2.")]
Point = tuple[float, float]
Flaw = Literal["small", "blurred", "dark", "bright", "turned"]


class FaceQuality(Wire):
    """How good a face is to recognise by, and its `flaws`.

    `side` is the box's shorter side in pixels, `sharpness` the standard deviation of the Laplacian in grey levels, `brightness`
    from 0 to 1, `turn` 0 for a frontal face and about .5 for a half profile.
    """

    side: float
    sharpness: float
    brightness: float
    turn: float | None = None
    flaws: tuple[Flaw, ...]


class FoundFace(Wire):
    """A face: `box` is (left, top, right, bottom) in pixels of the upright photo.

    `points` are (x, y) of the eyes, the nose's tip and the corners of the mouth, those at the left of the picture first.
    """

    box: tuple[float, float, float, float]
    score: Annotated[float, Field(ge=0, le=1, description="How sure the detector is.")]
    points: tuple[Point, Point, Point, Point, Point]
    quality: FaceQuality


class NamedFace(FoundFace):
    """A face and whose it is: `name` is `unknown`, and `person` None, unless somebody enrolled is near enough.

    `distance` is that from the person whom it is most alike, named or not; `next_distance` that from the next one.
    """

    name: str
    person: Identity | None = None
    distance: Distance | None = None
    next_distance: Distance | None = None

    @property
    def unknown(self) -> bool:
        return self.person is None


class PhotoFaces(Wire):
    """A photo, its size in pixels once it is upright, and its faces, the surest first."""

    photo: str = Field(description="The file's name as sent, or its number in the request.")
    width: int
    height: int
    faces: tuple[FoundFace, ...]


class PhotoNames(PhotoFaces):
    """A photo with its faces named."""

    faces: tuple[NamedFace, ...]


class Detected(Wire):
    """The answer to `detect`: one entry a photo, in the order they were sent."""

    photos: tuple[PhotoFaces | Refusal, ...]


class Identified(Wire):
    """The answer to `identify`: one entry a photo, in the order they were sent.

    A face is named up to the distance `threshold`, which is `fitted` to this gallery or Kenali's own.
    """

    photos: tuple[PhotoNames | Refusal, ...]
    threshold: Distance
    fitted: bool
    matcher: str


class Verified(Wire):
    """Whether two photos show the same person, or one an enrolled person: `distance` is up to `threshold` then.

    `faces` are those that were compared, the largest of each photo.
    """

    same: bool
    distance: Distance
    threshold: Distance
    fitted: bool
    faces: tuple[FoundFace, ...]


class FaceRate(Wire):
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


class FaceThreshold(Wire):
    """Up to which `distance` a face is named, and two photos are of one person (`verify`).

    Where it was `fitted` to this gallery: for a `wished` rate of false acceptances, when, on how many people and photos, and
    what it does there; `strangers` is the share of them whom a gallery of this size would name.
    """

    distance: Distance
    verify: Distance
    fitted: bool
    wished: float | None = None
    far: FaceRate | None = None
    frr: FaceRate | None = None
    strangers: FaceRate | None = None
    persons: int | None = None
    photos: int | None = None
    date: str | None = None


class FacesSummary(Wire):
    """The gallery: numbers alone. `threshold` is the one in use, None where there is nothing to go by yet.

    `embedder` is the SHA-256 of the network that all vectors are of. `version` grows with each change.
    """

    people: int
    photos: int
    embedder: str
    threshold: FaceThreshold | None = None
    matcher: str
    version: int
