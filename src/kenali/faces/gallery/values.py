"""What goes into a gallery and comes out of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from kenali.errors import KenaliError
from kenali.faces.values import Quality
from kenali.types import FloatArray


class UnknownPerson(KenaliError):
    """Nobody of that name or pseudonym is enrolled."""


class NameTaken(KenaliError):
    """Somebody else is called so already."""


class Pseudonym(str):
    """A person's id, to be given where a name could stand too: it means the same person whatever the name has become."""

    __slots__ = ()


LONGEST = 200
"""Characters in a name, a group, a consent reference, at most."""

_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Consent:
    """Why a person may be enrolled: the owner's `reference` (a form's number, say), when it was given and to whom."""

    reference: str
    given: date | None = None
    by: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", tidy(self.reference, "a consent reference"))


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """A face to enrol: `embedding` float32 (d,) of length one, the SHA-256 of its photo, and the photo where it is kept."""

    embedding: FloatArray
    photo_sha256: str
    quality: Quality | None = None
    photo: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an enrolment did: the person's pseudonym, how many faces are new, and how many were enrolled before."""

    person: str
    added: int
    repeated: int


@dataclass(frozen=True, slots=True)
class EnrolledFace:
    """A face in the gallery: the SHA-256 of its photo, and whether the photo itself is `kept`."""

    id: str
    photo_sha256: str
    quality: Quality | None
    consent: Consent
    created: datetime
    expires: date | None
    kept: bool


@dataclass(frozen=True, slots=True)
class Person:
    """An enrolled person. `id` is a pseudonym drawn at random: it says nothing of the name and outlives it in the audit."""

    id: str
    name: str
    group: str
    created: datetime
    faces: int
    expires: date | None
    """The first day on which something of this person's expires."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what when; people appear as their pseudonyms alone, `number` says how many faces or people it was about."""

    time: datetime
    actor: str
    action: str
    person: str
    number: int


def tidy(text: str, what: str) -> str:
    """`text` in Unicode's composed form, without superfluous space; KenaliError for none, too much, or control characters."""
    tidied = " ".join(unicodedata.normalize("NFC", text).split())
    if not tidied or len(tidied) > LONGEST or any(unicodedata.category(character)[0] == "C" for character in tidied):
        raise KenaliError(f"{what} has 1 to {LONGEST} printable characters, got {text[:LONGEST]!r}")
    return tidied


def check_faces(faces: Sequence[Enrolment]) -> None:
    """Raises KenaliError unless all embeddings have one size and length one."""
    lengths = {face.embedding.shape for face in faces}
    if len(lengths) > 1 or any(abs(float(np.linalg.norm(face.embedding)) - 1) > _LENGTH_TOLERANCE for face in faces):
        raise KenaliError("embeddings are vectors of one size and of length one")
