"""A labelled folder, one folder a person, as vectors; and the one face that a photo of a person shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kenali.errors import KenaliError, PhotoError
from kenali.faces.reader import FaceReader, SeenFace
from kenali.faces.values import Vectors
from kenali.inputs import PhotoInput, image_of, photo_inputs
from kenali.parallel import map_in_order


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFaces:
    """The largest face of each photo of a folder: row i of `vectors` is the photo at `paths[i]`.

    `skipped` holds (path, why) of photos without a face, or that cannot be read.
    """

    vectors: Vectors
    paths: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


def read_faces(
    read: FaceReader, photos: Sequence[PhotoInput], progress: Callable[[str, int, int], None] = lambda *_: None
) -> list[tuple[str, list[SeenFace] | str]]:
    """(path, faces) of each photo in order, or (path, why not) where it cannot be read; computed on every core."""

    def seen(photo: PhotoInput) -> tuple[str, list[SeenFace] | str]:
        image = image_of(photo)
        return photo.path, image.detail if isinstance(image, PhotoError) else read(image)

    found = []
    for done, one in enumerate(map_in_order(seen, photos), start=1):
        found.append(one)
        progress("faces", done, len(photos))
    return found


def largest(faces: Sequence[SeenFace]) -> SeenFace:
    """The face that takes most of the photo: whom a portrait shows, when somebody stands behind."""
    return max(faces, key=lambda seen: (seen.face.box[2] - seen.face.box[0]) * (seen.face.box[3] - seen.face.box[1]))


def labelled_faces(
    folder: Path,
    read: FaceReader,
    groups: Mapping[str, str] | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> LabelledFaces:
    """The people of `folder`, which holds a folder for each, named after them; `groups` gives the group of a name.

    Raises KenaliError where it holds none.
    """
    if not folder.is_dir():
        raise KenaliError(f"there is no folder {folder}: expected one with a folder of photos for each person")
    photos = [photo for photo in photo_inputs([str(folder)]) if _person(folder, photo.path)]
    if not photos:
        raise KenaliError(f"{folder} holds no folders of photos: expected one for each person, named after that person")
    names = sorted({_person(folder, photo.path) for photo in photos})
    rows, persons, paths, skipped = [], [], [], []
    for path, faces in read_faces(read, photos, progress):
        if isinstance(faces, str):
            skipped.append((path, faces))
        elif not faces:
            skipped.append((path, "no face was found"))
        else:
            rows.append(largest(faces).embedding)
            persons.append(names.index(_person(folder, path)))
            paths.append(path)
    if not rows:
        raise KenaliError(f"no face was found in the {len(photos)} photos of {folder}")
    own = groups or {}
    vectors = Vectors(np.stack(rows), np.array(persons, np.int64), tuple(names), tuple(own.get(name) for name in names))
    return LabelledFaces(vectors, tuple(paths), tuple(skipped))


def _person(folder: Path, path: str) -> str:
    """The name of the folder of `folder` in which a photo lies, empty where it lies beside these."""
    parts = Path(path).relative_to(folder).parts
    return parts[0] if len(parts) > 1 else ""
