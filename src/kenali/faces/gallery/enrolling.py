"""From photos of people to enrolments: what became of each photo, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from kenali.errors import PhotoError
from kenali.faces.folder import largest
from kenali.faces.gallery.store import Gallery
from kenali.faces.gallery.values import Consent, Enrolment, tidy
from kenali.faces.reader import SeenFace
from kenali.faces.values import Vectors
from kenali.images import decode
from kenali.inputs import PhotoInput
from kenali.parallel import map_in_order
from kenali.photos.layout import Problem
from kenali.photos.source import open_source
from kenali.types import FloatArray

_BEFORE = "this photo is enrolled already"
_QUIET = ("not-an-image", "hidden-folder")


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms people are enrolled.

    `largest` takes the largest face of several, `accept_flaws` takes poor photos, `alike` is the distance below which a
    face looks like somebody else's, None to take it all the same.
    """

    consent: Consent
    group: str = ""
    expires: date | None = None
    keep_photos: bool = False
    largest: bool = False
    accept_flaws: bool = False
    alike: float | None = None
    actor: str = "owner"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo: `reason` is a stable code, `detail` a sentence, `distance` that to somebody `alike`."""

    path: str
    name: str
    fate: Literal["enrolled", "repeated", "refused"]
    reason: str = ""
    detail: str = ""
    distance: float | None = None
    alike: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A photo that was looked at: what to enrol, or its outcome already."""

    path: str
    enrolment: Enrolment | None = None
    outcome: Outcome | None = None


@dataclass(slots=True)
class Compared:
    """Whom the gallery holds (`vectors`), and whom this run adds."""

    vectors: Vectors
    added: list[tuple[FloatArray, str]] = field(default_factory=list)

    def nearest_other(self, embedding: FloatArray, name: str) -> tuple[float, str]:
        """The distance (0..2) to the nearest face of anybody but `name`, and whose it is."""
        own = tidy(name, "a name").casefold()  # as those in the gallery are
        near = [(float(np.linalg.norm(vector - embedding)), other) for vector, other in self.added if other.casefold() != own]
        names, persons = self.vectors.names, self.vectors.persons
        if len(persons):
            cosines = self.vectors.matrix @ embedding
            cosines[np.isin(persons, [at for at, other in enumerate(names) if other.casefold() == own])] = -1
            best = int(cosines.argmax())
            near.append((float(np.sqrt(max(2 - 2 * cosines[best], 0))), names[persons[best]]))
        return min(near, default=(2.0, ""))


def people_in(folder: Path) -> Iterator[tuple[str, PhotoInput]]:
    """The photos of a folder with a folder a person, with the names; KenaliError where it is no such folder."""
    source = open_source(folder)
    for entry in source.catalogue().entries:
        if entry.problem is None:
            yield entry.class_name or "", PhotoInput(str(folder / entry.path), partial(source.read, entry.path))
        elif entry.problem.reason not in _QUIET:
            yield entry.class_name or "", PhotoInput(str(folder / entry.path), partial(_refuse, entry.problem))


def enrol_photos(
    gallery: Gallery,
    see: Callable[[Image.Image], list[SeenFace]],
    photos: Iterable[tuple[str, PhotoInput]],
    terms: Terms,
) -> Iterator[Outcome]:
    """Enrol the one face in each photo under its name; the outcomes in the photos' order.

    `see` finds faces, from several threads at once. The photos of one name that follow each other are enrolled together or
    not at all.
    """
    compared: Compared | None = None
    looks = map_in_order(lambda named: (named[0], _look(gallery, see, named[0], named[1], terms)), photos)
    for name, group in groupby(looks, key=lambda named: named[0]):
        compared = compared or Compared(gallery.vectors())
        outcomes, faces = chosen(name, (look for _, look in group), compared, terms)
        if faces:
            gallery.enrol(name, faces, terms.consent, group=terms.group, expires=terms.expires, actor=terms.actor)
            compared.added += [(face.embedding, tidy(name, "a name")) for face in faces]
        yield from outcomes


def chosen(name: str, looks: Iterable[Look], compared: Compared, terms: Terms) -> tuple[list[Outcome], list[Enrolment]]:
    """What becomes of the photos of one person, who is or will be called `name`, and the faces to enrol."""
    outcomes: list[Outcome] = []
    accepted: dict[str, Enrolment] = {}
    for look in looks:
        outcome = look.outcome or _judged(look, name, compared, accepted, terms)
        outcomes.append(outcome)
        if look.enrolment is not None and outcome.fate == "enrolled":
            accepted[look.enrolment.photo_sha256] = look.enrolment
    return outcomes, list(accepted.values())


def repeated(path: str, name: str) -> Look:
    """A photo that is enrolled already for the person called `name`."""
    return Look(path, outcome=Outcome(path, name, "repeated", "", _BEFORE))


def refused(path: str, name: str, reason: str, detail: str) -> Look:
    """A photo that cannot be enrolled."""
    return Look(path, outcome=Outcome(path, name, "refused", reason, detail))


def looked_at(path: str, name: str, faces: Sequence[SeenFace], photo_sha256: str, data: bytes | None, terms: Terms) -> Look:
    """A photo with these faces: the one to enrol, or why there is none. `data` are its file's bytes where they are kept."""
    if not faces:
        return refused(path, name, "no-face", "no face was found")
    if len(faces) > 1 and not terms.largest:
        return refused(
            path,
            name,
            "several-faces",
            f"{len(faces)} faces were found: give a photo of one, or take the largest (--largest)",
        )
    face = largest(faces)
    if face.quality.flaws and not terms.accept_flaws:
        flaws = ", ".join(face.quality.flaws)
        detail = f"the face is poor to recognise by ({flaws}): give a better photo, or take it all the same (--accept-flaws)"
        return refused(path, name, "flawed", detail)
    return Look(path, Enrolment(face.embedding, photo_sha256, face.quality, data))


def _look(gallery: Gallery, see: Callable[[Image.Image], list[SeenFace]], name: str, photo: PhotoInput, terms: Terms) -> Look:
    """Read a photo and find its face."""
    path = photo.path
    try:
        data = photo.read()
        sha256 = hashlib.sha256(data).hexdigest()
        if gallery.has_photo(name, sha256):
            return repeated(path, name)
        faces = see(decode(data).image)
    except PhotoError as error:
        return refused(path, name, error.reason, error.detail)
    except OSError as error:
        return refused(path, name, "unreadable", f"it cannot be read ({error.strerror or error})")
    except MemoryError:
        return refused(path, name, "too-much-memory", "there is not enough memory to decode it")
    return looked_at(path, name, faces, sha256, data if terms.keep_photos else None, terms)


def _judged(look: Look, name: str, compared: Compared, accepted: Container[str], terms: Terms) -> Outcome:
    """Whether a face is enrolled, or its photo is `accepted` already, or it looks like somebody else."""
    assert look.enrolment is not None, "what was refused has its outcome"
    if look.enrolment.photo_sha256 in accepted:
        return Outcome(look.path, name, "repeated", "", _BEFORE)
    distance, other = compared.nearest_other(look.enrolment.embedding, name)
    if terms.alike is not None and distance < terms.alike:
        detail = f"it looks like {other} (distance {distance:.2f}): if it is somebody else indeed, insist (--force)"
        return Outcome(look.path, name, "refused", "looks-like-another", detail, round(distance, 4), other)
    return Outcome(look.path, name, "enrolled")


def _refuse(problem: Problem) -> bytes:
    raise PhotoError(problem.reason, problem.detail)
