"""How values become rows and rows values: what is personal is sealed on the way in and opened on the way out."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, insert, update

from kenali.faces.gallery.keys import PersonKey
from kenali.faces.gallery.schema import audit, consents, embeddings, enrolments, persons, photos
from kenali.faces.gallery.values import Consent, EnrolledFace, Enrolment
from kenali.faces.values import Quality
from kenali.types import FloatArray


def now() -> datetime:
    """This second in UTC, without a zone, as the tables hold it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def utc(stored: datetime) -> datetime:
    return stored.replace(tzinfo=UTC)


def note(connection: Connection, actor: str, action: str, person: str, number: int) -> None:
    """Add a row to the audit. `person` is a pseudonym or empty."""
    row = {"time": now(), "actor": actor[:64], "action": action, "person": person, "number": number}
    connection.execute(insert(audit).values(row))


def add_consent(connection: Connection, person: str, key: PersonKey, consent: Consent) -> str:
    """Record a consent; its id."""
    identity = secrets.token_hex(16)
    sealed = key.seal.close(json.dumps(consent_record(consent)).encode(), f"consent {identity}")
    connection.execute(insert(consents).values(id=identity, person=person, record_sealed=sealed, created=now()))
    return identity


def add_faces(
    connection: Connection, person: str, key: PersonKey, faces: Mapping[str, Enrolment], consent: str, expires: date | None
) -> None:
    """Enrol faces by the keyed hash of their photo."""
    made = {secrets.token_hex(16): (mac, face) for mac, face in faces.items()}
    common = {"person": person, "consent": consent, "created": now(), "expires": expires}
    rows = [
        {**common, "id": identity, "photo_mac": mac, "details_sealed": key.seal.close(_details(face), f"details {identity}")}
        for identity, (mac, face) in made.items()
    ]
    connection.execute(insert(enrolments), rows)
    vectors = [
        {"enrolment": identity, "vector_sealed": key.seal.close(face.embedding.astype("<f4").tobytes(), f"vector {identity}")}
        for identity, (_, face) in made.items()
    ]
    connection.execute(insert(embeddings), vectors)
    kept = [
        {"enrolment": identity, "photo_sealed": key.seal.close(face.photo, f"photo {identity}")}
        for identity, (_, face) in made.items()
        if face.photo is not None
    ]
    if kept:
        connection.execute(insert(photos), kept)


def set_group(connection: Connection, person: str, key: PersonKey, group: str) -> None:
    sealed = key.seal.close(group.encode(), "group") if group else None
    connection.execute(update(persons).where(persons.c.id == person).values(group_sealed=sealed))


def opened_text(key: PersonKey, sealed: bytes | None, about: str) -> str:
    return "" if sealed is None else key.seal.open(sealed, about).decode()


def opened_vector(key: PersonKey, enrolment: str, sealed: bytes) -> FloatArray:
    """The embedding float32 (d,) of an enrolment."""
    return np.frombuffer(key.seal.open(sealed, f"vector {enrolment}"), "<f4")


def opened_face(key: PersonKey, row: Row[Any]) -> EnrolledFace:
    """What stands in a row of `enrolments` with its consent's `record_sealed` and whether its photo is `kept`."""
    details = json.loads(key.seal.open(row.details_sealed, f"details {row.id}"))
    record = json.loads(key.seal.open(row.record_sealed, f"consent {row.consent}"))
    return EnrolledFace(
        row.id,
        details["photo_sha256"],
        quality_from(details["quality"]),
        consent_from(record),
        utc(row.created),
        row.expires,
        row.kept is not None,
    )


def quality_from(record: dict[str, Any] | None) -> Quality | None:
    return Quality(**{**record, "flaws": tuple(record["flaws"])}) if record else None


def consent_from(record: dict[str, Any]) -> Consent:
    return Consent(record["reference"], date.fromisoformat(record["given"]) if record["given"] else None, record["by"])


def consent_record(consent: Consent) -> dict[str, Any]:
    return {"reference": consent.reference, "given": consent.given and consent.given.isoformat(), "by": consent.by}


def _details(face: Enrolment) -> bytes:
    return json.dumps({"photo_sha256": face.photo_sha256, "quality": face.quality and asdict(face.quality)}).encode()
