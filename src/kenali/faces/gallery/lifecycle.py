"""The end of a person's time in the gallery, when asked for or when it is over; and the change of the owner's key."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, delete, select, update

from kenali.errors import KenaliError
from kenali.faces.gallery.exports import clean_exports
from kenali.faces.gallery.keys import Key, PersonKey
from kenali.faces.gallery.places import index_folder
from kenali.faces.gallery.receipts import Reason, Receipt
from kenali.faces.gallery.rows import add_consent, add_faces, note, opened_text
from kenali.faces.gallery.schema import consents, embeddings, enrolments, exports, persons, photos
from kenali.faces.gallery.schema import gallery as about
from kenali.faces.gallery.store import Gallery
from kenali.faces.gallery.values import Consent, Enrolment, check_faces


class UnknownFace(KenaliError):
    """No such face is enrolled of the person."""


def forget(gallery: Gallery, name: str, *, actor: str = "owner") -> Receipt:
    """Erase a person: rows, the person's key, kept photos, search indexes, and the person's part of exports."""
    with gallery.changing() as connection:
        person, _ = gallery.find(connection, name)
        erased = _erase_person(connection, person, "forget", actor)
    return _cleaned(gallery, [erased], actor)[0]


def remove(gallery: Gallery, name: str, faces: Sequence[str], *, actor: str = "owner") -> Receipt:
    """Erase some of a person's enrolled faces; the person with the last one. Raises KenaliError for an id that is not there."""
    with gallery.changing() as connection:
        person, _ = gallery.find(connection, name)
        has = set(connection.execute(select(enrolments.c.id).where(enrolments.c.person == person)).scalars())
        if unknown := set(faces) - has:
            raise UnknownFace(f"no face {sorted(unknown)[0]} is enrolled of {name!r}")
        erased = _erase(connection, person, sorted(faces), has == set(faces), "remove", actor)
    return _cleaned(gallery, [erased], actor)[0]


def replace(
    gallery: Gallery,
    name: str,
    faces: Sequence[Enrolment],
    consent: Consent,
    *,
    expires: date | None = None,
    actor: str = "owner",
) -> Receipt:
    """Enrol these faces of a person in the place of all others, in one change; the receipt is of those that went."""
    check_faces(faces)
    with gallery.changing() as connection:
        person, key = gallery.find(connection, name)
        had = connection.execute(select(enrolments.c.id).where(enrolments.c.person == person)).scalars()
        erased = _erase(connection, person, sorted(had), False, "remove", actor)
        consented = add_consent(connection, person, key, consent)
        add_faces(connection, person, key, {key.photo_mac(face.photo_sha256): face for face in faces}, consented, expires)
        note(connection, actor, "enrol", person, len(faces))
    return _cleaned(gallery, [erased], actor)[0]


def expire(gallery: Gallery, today: date | None = None, *, actor: str = "owner") -> list[Receipt]:
    """Erase every face whose last day lies before `today`, and whoever has none left; a receipt for each person concerned.

    What an interrupted erasure left undone is done too.
    """
    today = today or datetime.now(UTC).date()
    with gallery.changing() as connection:
        has: dict[str, set[str]] = defaultdict(set)
        gone: dict[str, list[str]] = defaultdict(list)
        for row in connection.execute(select(enrolments.c.id, enrolments.c.person, enrolments.c.expires)):
            has[row.person].add(row.id)
            if row.expires is not None and row.expires < today:
                gone[row.person].append(row.id)
        erased = [
            _erase(connection, person, ids, has[person] == set(ids), "expire", actor) for person, ids in sorted(gone.items())
        ]
    return _cleaned(gallery, erased, actor)


def rekey(gallery: Gallery, key: Key, *, actor: str = "owner") -> Gallery:
    """Seal everybody's key with a new owner's key, all or nobody, and give the gallery as that key opens it.

    Once the earlier key is destroyed, no backup from before can be read: the last step of forgetting where a database
    server keeps backups and logs.
    """
    with gallery.changing() as connection:
        for row in connection.execute(select(persons)).all():
            own = PersonKey.opened(row.key_sealed, gallery.key, row.id)
            mac = key.name_mac(opened_text(own, row.name_sealed, "name"))
            sealed = {"key_sealed": own.sealed(key, row.id), "name_mac": mac}
            connection.execute(update(persons).where(persons.c.id == row.id).values(sealed))
        for row in connection.execute(select(exports)).all():
            path = key.places.close(gallery.key.places.open(row.path_sealed, "export"), "export")
            connection.execute(update(exports).where(exports.c.id == row.id).values(path_sealed=path))
        connection.execute(update(about).values(key_check=key.check))
        note(connection, actor, "rekey", "", 0)
    gallery.database.erase_traces()
    return Gallery(gallery.database, key, gallery.id)


@dataclass(frozen=True, slots=True)
class _Erased:
    person: str
    reason: Reason
    whole: bool
    enrolments: tuple[str, ...]
    photos: int
    consents: int


def _erase_person(connection: Connection, person: str, reason: Reason, actor: str) -> _Erased:
    ids = sorted(connection.execute(select(enrolments.c.id).where(enrolments.c.person == person)).scalars())
    return _erase(connection, person, ids, True, reason, actor)


def _erase(connection: Connection, person: str, ids: list[str], whole: bool, reason: Reason, actor: str) -> _Erased:
    """Delete these enrolments, consents that nothing rests on any more, and the `whole` person where these are all."""
    which = enrolments.c.person == person
    chosen = select(enrolments.c.id).where(which if whole else which & enrolments.c.id.in_(ids))
    kept = _deleted(connection.execute(delete(photos).where(photos.c.enrolment.in_(chosen))))
    connection.execute(delete(embeddings).where(embeddings.c.enrolment.in_(chosen)))
    connection.execute(delete(enrolments).where(which if whole else which & enrolments.c.id.in_(ids)))
    resting = select(enrolments.c.consent).where(which)
    records = _deleted(connection.execute(delete(consents).where(consents.c.person == person, consents.c.id.not_in(resting))))
    if whole:
        connection.execute(delete(persons).where(persons.c.id == person))
    note(connection, actor, reason, person, len(ids))
    return _Erased(person, reason, whole, tuple(ids), kept, records)


def _deleted(result: CursorResult[Any]) -> int:
    return result.rowcount


def _cleaned(gallery: Gallery, erased: Sequence[_Erased], actor: str) -> list[Receipt]:
    """Clean what lies outside the tables, then say so."""
    shutil.rmtree(index_folder(gallery.id), ignore_errors=True)
    try:
        cleaned, missing = clean_exports(gallery)
    finally:  # neither keeps the other from being done
        rewritten = gallery.database.erase_traces()
    time = datetime.now(UTC).isoformat(timespec="seconds")
    return [
        Receipt(
            gallery.id,
            each.person,
            each.reason,
            time,
            actor,
            each.whole,
            each.enrolments,
            each.photos,
            each.consents,
            cleaned,
            len(missing),
            rewritten,
        )
        for each in erased
    ]
