"""A gallery as a file: one JSON document a line, one line a person; sealed with the owner's key, or plain.

    {"kind": "kenali gallery export 1", "gallery": id, "embedder": sha256, "sealed": true, "created": time}
    {"person": pseudonym, "data": what is known of the person, in base64 where it is sealed}

The gallery remembers where exports were written, so that forgetting reaches them.
"""

from __future__ import annotations

import base64
import glob
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, select

from kenali.errors import KenaliError
from kenali.faces.gallery.keys import CannotOpen, Key, Seal
from kenali.faces.gallery.rows import consent_from, consent_record, note, now, opened_vector, quality_from
from kenali.faces.gallery.schema import embeddings, enrolments, exports, persons
from kenali.faces.gallery.schema import gallery as about
from kenali.faces.gallery.store import Gallery
from kenali.faces.gallery.values import Enrolled, EnrolledFace, Enrolment
from kenali.files import write_atomically

KIND = "kenali gallery export 1"
_UNFINISHED_S = 3600.0


def export_gallery(gallery: Gallery, path: Path, *, plain: bool = False, photos: bool = False, actor: str = "owner") -> int:
    """Write everybody to a new file, with kept photos if asked; how many people. Raises KenaliError for a file that exists."""
    path = path.absolute()
    if path.exists():
        raise KenaliError(f"{path} exists already: an export is a new file")
    seal = None if plain else gallery.key.exports
    with gallery.changing() as connection:
        embedder = connection.execute(select(about.c.embedder)).scalar_one()
        connection.execute(
            insert(exports).values(path_sealed=gallery.key.places.close(str(path).encode(), "export"), created=now())
        )
        note(connection, actor, "export", "", 0)
    header = {
        "kind": KIND,
        "gallery": gallery.id,
        "embedder": embedder,
        "sealed": not plain,
        "created": f"{now().isoformat()}Z",
    }
    lines = [json.dumps(header)]
    for person in gallery.persons():
        data = {"name": person.name, "group": person.group, "faces": list(_faces(gallery, person.name, photos))}
        lines.append(_line(person.id, data, seal))
    write_atomically(path, "\n".join(lines) + "\n", private=True)
    clean_exports(gallery)  # of whom was forgotten meanwhile
    return len(lines) - 1


def import_gallery(gallery: Gallery, path: Path, key: Key | None = None, *, actor: str = "owner") -> list[Enrolled]:
    """Enrol everybody in an export; faces that are here already are not repeated.

    `key` is that of the gallery the export is of, where it is another. Raises KenaliError.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    header = _header(lines, path)
    if header["embedder"] is not None:
        gallery.pin(header["embedder"])
    seal = (key or gallery.key).exports if header["sealed"] else None
    return [_import_person(gallery, _data(json.loads(line), seal), actor) for line in lines[1:]]


def _import_person(gallery: Gallery, data: dict[str, Any], actor: str) -> Enrolled:
    """Enrol a person's faces, those of one consent and date together."""
    person, added, repeated = "", 0, 0
    for terms, faces in groupby(sorted(data["faces"], key=_terms), key=_terms):
        consent, expires = json.loads(terms)
        done = gallery.enrol(
            data["name"],
            [_enrolment(face) for face in faces],
            consent_from(consent),
            group=data["group"],
            expires=date.fromisoformat(expires) if expires else None,
            actor=actor,
        )
        person, added, repeated = done.person, added + done.added, repeated + done.repeated
    return Enrolled(person, added, repeated)


def _terms(face: dict[str, Any]) -> str:
    return json.dumps([face["consent"], face["expires"]])


def clean_exports(gallery: Gallery) -> tuple[int, list[Path]]:
    """Leave nothing in the exports that the gallery no longer holds: how many files changed, and which cannot be seen to.

    These are not there, cannot be read or written, are damaged, or were sealed with an earlier key: then whoever is in the
    gallery no more is taken out, but single faces cannot be. Where somebody else erased at the same time, all is done again.
    """
    with gallery.database.reading() as connection:
        rows = connection.execute(select(exports.c.path_sealed)).scalars().all()
    paths = sorted({Path(gallery.key.places.open(sealed, "export").decode()) for sealed in rows})
    if not paths:
        return 0, []
    changed: set[Path] = set()
    held = _held(gallery)
    while True:
        beyond = []
        for path in paths:
            tidied = _remove_unfinished(path)
            try:
                cleaned, opened = _clean(path, gallery.key, held)
            except (OSError, ValueError, KeyError, TypeError):
                cleaned, opened = False, False
            if cleaned:
                changed.add(path)
            if not (tidied and opened):
                beyond.append(path)
        before, held = held, _held(gallery)
        if before <= held:  # nobody was erased meanwhile, whose line this may have written again
            return len(changed), beyond


def _held(gallery: Gallery) -> set[str]:
    """The ids of all people and enrolments, as they are at one moment."""
    with gallery.database.reading() as connection:
        people = connection.execute(select(persons.c.id)).scalars()
        return {*people, *connection.execute(select(enrolments.c.id)).scalars()}


def _remove_unfinished(path: Path) -> bool:
    """Remove what a killed export has left beside it, unless it is so young that it may still write; whether all could be."""
    try:
        partials = list(path.parent.glob(f".{glob.escape(path.name[:40])}.*.partial"))
    except OSError:  # a folder that may not be entered
        return False
    done = True
    for partial in partials:
        try:
            if time.time() - partial.stat().st_mtime > _UNFINISHED_S:
                partial.unlink()
        except FileNotFoundError:
            continue  # it was finished, or removed by another
        except OSError:
            done = False
    return done


def _clean(path: Path, key: Key, held: set[str]) -> tuple[bool, bool]:
    """Whether the file was changed, and whether all of it could be opened. What cannot be stays as it is."""
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        header = _header(lines, path)
    except KenaliError:
        return False, False  # damaged, or something else stands there now
    seal = key.exports if header["sealed"] else None
    kept, opened = [lines[0]], True
    for line in lines[1:]:
        try:
            left = _left(line, seal, held)
        except (CannotOpen, ValueError, KeyError, TypeError):
            left, opened = line, False
        if left is not None:
            kept.append(left)
    if kept == lines:
        return False, opened
    write_atomically(path, "\n".join(kept) + "\n", private=True)
    return True, opened


def _left(line: str, seal: Seal | None, held: set[str]) -> str | None:
    """A person's line with the faces that are still held; None where the person is not, which takes no key."""
    record = json.loads(line)
    if record["person"] not in held:
        return None
    data = _data(record, seal)
    faces = [face for face in data["faces"] if face["id"] in held]
    return line if len(faces) == len(data["faces"]) else _line(record["person"], {**data, "faces": faces}, seal)


def _faces(gallery: Gallery, name: str, photos: bool) -> Iterator[dict[str, Any]]:
    """What is enrolled of a person, as JSON."""
    with gallery.database.reading() as connection:
        person, key = gallery.find(connection, name)
        query = (
            select(embeddings).join(enrolments, enrolments.c.id == embeddings.c.enrolment).where(enrolments.c.person == person)
        )
        vectors = {row.enrolment: opened_vector(key, row.enrolment, row.vector_sealed) for row in connection.execute(query)}
    for face in gallery.faces(name):
        if face.id in vectors:
            yield _record(face, vectors[face.id].tobytes(), gallery.photo(name, face.id) if photos and face.kept else None)


def _record(face: EnrolledFace, vector: bytes, photo: bytes | None) -> dict[str, Any]:
    return {
        "id": face.id,
        "vector": base64.b64encode(vector).decode(),
        "photo_sha256": face.photo_sha256,
        "quality": face.quality and asdict(face.quality),
        "consent": consent_record(face.consent),
        "expires": face.expires and face.expires.isoformat(),
        "photo": photo and base64.b64encode(photo).decode(),
    }


def _enrolment(record: dict[str, Any]) -> Enrolment:
    vector = np.frombuffer(base64.b64decode(record["vector"]), "<f4")
    photo = base64.b64decode(record["photo"]) if record["photo"] else None
    return Enrolment(vector, record["photo_sha256"], quality_from(record["quality"]), photo)


def _header(lines: list[str], path: Path) -> dict[str, Any]:
    try:
        header = json.loads(lines[0])
    except (IndexError, ValueError):
        header = None
    if not isinstance(header, dict) or header.get("kind") != KIND:
        raise KenaliError(f"{path} is no export of a gallery")
    return header


def _line(person: str, data: dict[str, Any], seal: Seal | None) -> str:
    text = json.dumps(data)
    return json.dumps(
        {"person": person, "data": base64.b64encode(seal.close(text.encode(), person)).decode() if seal else data}
    )


def _data(record: dict[str, Any], seal: Seal | None) -> dict[str, Any]:
    if seal is None:
        return dict(record["data"])
    opened: dict[str, Any] = json.loads(seal.open(base64.b64decode(record["data"]), record["person"]))
    return opened
