"""The gallery: people enrolled with their consent, and the vectors that they are recognised by."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from kenali.database.connected import Database
from kenali.errors import KenaliError, did_you_mean
from kenali.faces.gallery.keys import CannotOpen, Key, PersonKey, make_key, read_key
from kenali.faces.gallery.migrations import TABLES
from kenali.faces.gallery.reading import every_vector
from kenali.faces.gallery.rows import (
    add_consent,
    add_faces,
    note,
    now,
    opened_face,
    opened_text,
    set_group,
    utc,
)
from kenali.faces.gallery.schema import audit, consents, enrolments, gallery, persons, photos
from kenali.faces.gallery.values import (
    AuditRow,
    Consent,
    Enrolled,
    EnrolledFace,
    Enrolment,
    NameTaken,
    Person,
    Pseudonym,
    UnknownPerson,
    check_faces,
    tidy,
)
from kenali.faces.values import Vectors


class Gallery:
    """One gallery, pinned to its owner's key and to one embedder. Safe for several threads and several processes."""

    def __init__(self, database: Database, key: Key, identity: str) -> None:
        """Use `Gallery.open`."""
        self.database = database
        self.key = key
        self.id = identity

    @classmethod
    def open(cls, place: str, key: Key | Path, embedder_sha256: str | None = None, *, migrate: bool = False) -> Gallery:
        """The gallery in the database that a URL, or a file's path, names; made where there is none.

        `key` is the owner's, or the file that holds it; a gallery's key is made with it. With `embedder_sha256` the gallery
        must be of that embedder, and a gallery that holds nothing becomes so. `migrate` brings the tables of a database
        server up to date; those of a file always are. Raises KenaliError.
        """
        database = Database(place, TABLES)
        try:
            database.migrate(asked=migrate)
            with database.reading() as connection:
                row = connection.execute(select(gallery)).one_or_none()
            if isinstance(key, Path):
                key = make_key(key) if row is None and not key.exists() else read_key(key)
            row = row or _founded(database, key)
            if row.key_check != key.check:
                raise KenaliError(f"the gallery at {database.shown} was made with another key: name its file with --key-file")
            opened = cls(database, key, row.id)
            if embedder_sha256 is not None:
                opened.pin(embedder_sha256)
        except BaseException:
            database.close()
            raise
        return opened

    def enrol(
        self,
        name: str,
        faces: Sequence[Enrolment],
        consent: Consent,
        *,
        group: str = "",
        expires: date | None = None,
        new: bool = False,
        actor: str = "owner",
    ) -> Enrolled:
        """Enrol faces of a person, all or none; photos that are enrolled for that person already are counted, not repeated.

        A name that nobody has is a new person, a `Pseudonym` never. Raises KenaliError where the vectors are not of length
        one or not as long as the others, NameTaken where the person should be `new` and is not.
        """
        check_faces(faces)
        with self.changing() as connection:
            found = self._key_of(connection, name)
            if new and found is not None:
                raise NameTaken(f"somebody is enrolled as {name!r} already")
            person, key = found or self._added(connection, name)
            if group:
                set_group(connection, person, key, group)
            has = set(connection.execute(select(enrolments.c.photo_mac).where(enrolments.c.person == person)).scalars())
            fresh = {mac: face for face in faces if (mac := key.photo_mac(face.photo_sha256)) not in has}
            if fresh:
                consented = add_consent(connection, person, key, consent)
                add_faces(connection, person, key, fresh, consented, expires)
            note(connection, actor, "enrol", person, len(fresh))
        return Enrolled(person, len(fresh), len(faces) - len(fresh))

    def has_photo(self, name: str, photo_sha256: str) -> bool:
        """Whether a photo is enrolled for the person of that name."""
        with self.database.reading() as connection:
            found = self._key_of(connection, name)
            if found is None:
                return False
            person, key = found
            here = (enrolments.c.person == person) & (enrolments.c.photo_mac == key.photo_mac(photo_sha256))
            return connection.execute(select(enrolments.c.id).where(here)).first() is not None

    def persons(self) -> list[Person]:
        """Everybody, by name."""
        with self.database.reading() as connection:
            return sorted(self._people(connection), key=lambda person: (person.name.casefold(), person.id))

    def person(self, name: str) -> Person:
        """The person of that name; KenaliError, with the nearest name, where nobody is called so."""
        with self.database.reading() as connection:
            return self._people(connection, self.find(connection, name)[0])[0]

    def faces(self, name: str) -> list[EnrolledFace]:
        """What is enrolled of a person, the oldest first."""
        with self.database.reading() as connection:
            person, key = self.find(connection, name)
            query = (
                select(enrolments, consents.c.record_sealed, photos.c.enrolment.label("kept"))
                .join(consents, consents.c.id == enrolments.c.consent)
                .outerjoin(photos, photos.c.enrolment == enrolments.c.id)
                .where(enrolments.c.person == person)
                .order_by(enrolments.c.created, enrolments.c.id)
            )
            return [opened_face(key, row) for row in connection.execute(query)]

    def photo(self, name: str, face: str) -> bytes | None:
        """The photo that was kept of an enrolled face, None where none was."""
        with self.database.reading() as connection:
            person, key = self.find(connection, name)
            query = select(photos.c.photo_sealed).join(enrolments, enrolments.c.id == photos.c.enrolment)
            sealed = connection.execute(query.where(enrolments.c.id == face, enrolments.c.person == person)).scalar()
            return None if sealed is None else key.seal.open(sealed, f"photo {face}")

    def change(
        self,
        name: str,
        *,
        new_name: str | None = None,
        group: str | None = None,
        expires: date | None = None,
        unlimited: bool = False,
        actor: str = "owner",
    ) -> None:
        """Give a person another name, group, or last day for all that is enrolled, or none (`unlimited`)."""
        with self.changing() as connection:
            person, key = self.find(connection, name)
            if new_name is not None:
                new_name = tidy(new_name, "a name")
                other = self._key_of(connection, new_name)
                if other is not None and other[0] != person:
                    raise NameTaken(f"somebody else is called {new_name!r} already")
                named = {"name_mac": self.key.name_mac(new_name), "name_sealed": key.seal.close(new_name.encode(), "name")}
                connection.execute(update(persons).where(persons.c.id == person).values(named))
            if group is not None:
                set_group(connection, person, key, group)
            if expires is not None or unlimited:
                connection.execute(update(enrolments).where(enrolments.c.person == person).values(expires=expires))
            note(connection, actor, "change", person, 1)

    def version(self) -> int:
        """A number that grows with each change."""
        with self.database.reading() as connection:
            return int(connection.execute(select(gallery.c.version)).scalar_one())

    def vectors(self) -> Vectors:
        """Every embedding that has not expired, opened row by row into one matrix."""
        with self.database.reading() as connection:
            return every_vector(connection, self.key)

    def threshold(self) -> dict[str, Any] | None:
        """The threshold that was fitted to this gallery, as `set_threshold` was given it; None where none was."""
        with self.database.reading() as connection:
            text = connection.execute(select(gallery.c.threshold)).scalar_one()
        return None if text is None else json.loads(text)

    def set_threshold(self, record: dict[str, Any], *, actor: str = "owner") -> None:
        """Keep a fitted threshold, a JSON document that names nobody."""
        with self.changing() as connection:
            connection.execute(update(gallery).values(threshold=json.dumps(record)))
            note(connection, actor, "threshold", "", 1)

    def audit(self) -> list[AuditRow]:
        """The audit trail, the oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(select(audit).order_by(audit.c.id))
            return [AuditRow(utc(row.time), row.actor, row.action, row.person, row.number) for row in rows]

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Gallery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """A transaction for one change, which waits until it is this process's turn.

        CannotOpen where the gallery was sealed with another key since it was opened: what this key seals none could read.
        """
        with self.database.writing() as connection:
            connection.execute(update(gallery).values(version=gallery.c.version + 1))
            if connection.execute(select(gallery.c.key_check)).scalar_one() != self.key.check:
                raise CannotOpen("the gallery was sealed with another key meanwhile: open it again, with that key")
            yield connection

    def find(self, connection: Connection, name: str) -> tuple[str, PersonKey]:
        """The pseudonym and key of the person called `name`, whatever the case of its letters, or of a `Pseudonym`.

        UnknownPerson, with the nearest name, if nobody is.
        """
        found = self._key_of(connection, name)
        if found is None:
            names = [person.name for person in self._people(connection)]
            raise UnknownPerson(f"nobody is enrolled as {name!r}.{did_you_mean(name, names)}")
        return found

    def _key_of(self, connection: Connection, name: str) -> tuple[str, PersonKey] | None:
        known = isinstance(name, Pseudonym)
        here = persons.c.id == str(name) if known else persons.c.name_mac == self.key.name_mac(tidy(name, "a name"))
        row = connection.execute(select(persons.c.id, persons.c.key_sealed).where(here)).one_or_none()
        if row is None:
            if known:
                raise UnknownPerson("nobody with this id is enrolled")
            return None
        return row.id, PersonKey.opened(row.key_sealed, self.key, row.id)

    def _added(self, connection: Connection, name: str) -> tuple[str, PersonKey]:
        person, key, name = secrets.token_hex(16), PersonKey.new(), tidy(name, "a name")
        row = {
            "id": person,
            "name_mac": self.key.name_mac(name),
            "key_sealed": key.sealed(self.key, person),
            "name_sealed": key.seal.close(name.encode(), "name"),
            "created": now(),
        }
        connection.execute(insert(persons).values(row))
        return person, key

    def _people(self, connection: Connection, person: str | None = None) -> list[Person]:
        counts = select(persons, func.count(enrolments.c.id).label("faces"), func.min(enrolments.c.expires).label("expires"))
        query = counts.outerjoin(enrolments, enrolments.c.person == persons.c.id).group_by(persons.c.id)
        rows = connection.execute(query if person is None else query.where(persons.c.id == person))
        people = []
        for row in rows:
            key = PersonKey.opened(row.key_sealed, self.key, row.id)
            name, group = opened_text(key, row.name_sealed, "name"), opened_text(key, row.group_sealed, "group")
            people.append(Person(row.id, name, group, utc(row.created), row.faces, row.expires))
        return people

    def pin(self, embedder_sha256: str) -> None:
        """Hold the gallery to an embedder; KenaliError where it is of another."""
        with self.database.reading() as connection:
            pinned = connection.execute(select(gallery.c.embedder)).scalar_one()
        if pinned is None:
            with self.changing() as connection:
                connection.execute(update(gallery).where(gallery.c.embedder.is_(None)).values(embedder=embedder_sha256))
                pinned = connection.execute(select(gallery.c.embedder)).scalar_one()
        if pinned != embedder_sha256:
            raise KenaliError(
                f"the gallery at {self.database.shown} is of another embedder ({pinned[:8]}, not {embedder_sha256[:8]}): "
                "name its networks with --networks, or enrol the photos anew into another gallery"
            )


def _founded(database: Database, key: Key) -> Row[Any]:
    """The gallery's one row, made now unless another process was faster."""
    with database.founding() as connection:
        row = connection.execute(select(gallery)).one_or_none()
        if row is None:
            first = {"id": secrets.token_hex(16), "key_check": key.check, "version": 0, "created": now()}
            connection.execute(insert(gallery).values(first))
            row = connection.execute(select(gallery)).one()
        return row
