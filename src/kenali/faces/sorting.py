"""Unnamed photos sorted by the people in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kenali.errors import KenaliError
from kenali.faces.clusters import clusters
from kenali.faces.folder import read_faces
from kenali.faces.reader import FaceReader
from kenali.files import folder_atomically
from kenali.inputs import PhotoInput


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Somebody without a name yet: `name` is `person-001` and so on, `paths` the photos, `faces` how many show this person."""

    name: str
    paths: tuple[str, ...]
    faces: int


@dataclass(frozen=True, slots=True)
class Sorted:
    """The people found, those in most photos first, and the photos that show nobody or cannot be read (path, why)."""

    people: tuple[FoundPerson, ...]
    without_face: tuple[str, ...]
    errors: tuple[tuple[str, str], ...]


def sort_by_person(
    photos: Sequence[PhotoInput],
    read: FaceReader,
    threshold: float,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Sorted:
    """Who is in which photo, going by distances of at most `threshold`. Raises KenaliError where no photo can be read."""
    answers = read_faces(read, photos, progress)
    errors = tuple((path, faces) for path, faces in answers if isinstance(faces, str))
    if len(errors) == len(answers):
        raise KenaliError(f"none of the {len(answers)} files is a photo that can be read" if answers else "no photo was found")
    shown = [(path, seen) for path, faces in answers if not isinstance(faces, str) for seen in faces]
    numbers = clusters(np.stack([seen.embedding for _, seen in shown]), threshold) if shown else np.empty(0, np.int64)
    people = []
    for number in range(int(numbers.max()) + 1 if len(numbers) else 0):
        paths = [path for (path, _), own in zip(shown, numbers, strict=True) if own == number]
        people.append(FoundPerson(f"person-{number + 1:03}", tuple(dict.fromkeys(paths)), len(paths)))
    return Sorted(tuple(people), tuple(path for path, faces in answers if not faces), errors)


def write_folders(out: Path, found: Sorted, photos: Sequence[PhotoInput]) -> None:
    """Copy each person's photos into a folder of `out`, which must not exist or be empty; KenaliError otherwise."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise KenaliError(f"{out} exists already: choose another name, nothing was changed")
    bytes_of = {photo.path: photo.read for photo in photos}
    with folder_atomically(out) as folder:
        for person in found.people:
            own = folder / person.name
            own.mkdir()
            for number, path in enumerate(person.paths, start=1):
                (own / f"{number:03}-{Path(path).name}").write_bytes(bytes_of[path]())
