"""Proof of an erasure: a JSON document that names nobody, signed with a key that follows from the owner's (Ed25519)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, func, select

from kenali.errors import KenaliError
from kenali.faces.gallery.keys import Key
from kenali.faces.gallery.schema import audit, consents, embeddings, enrolments, persons, photos
from kenali.faces.gallery.store import Gallery

KIND = "kenali erasure receipt 1"
Reason = Literal["forget", "expire", "remove"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased of the `person` with this pseudonym: the `enrolments` with these ids, or the `whole` person with them.

    `photos`, `consents` and `exports` count what else was erased or cleaned; `exports_missing` the exports that are no
    longer where they were written, or cannot be opened. `file_rewritten` says whether an SQLite file was written anew
    without the erased rows; it is None for a database server.
    """

    gallery: str
    person: str
    reason: Reason
    time: str
    actor: str
    whole: bool
    enrolments: tuple[str, ...]
    photos: int
    consents: int
    exports: int
    exports_missing: int
    file_rewritten: bool | None

    def signed(self, key: Key) -> dict[str, Any]:
        """The document: the receipt with the public key and the signature over all the rest."""
        document = {"kind": KIND, **asdict(self), "enrolments": list(self.enrolments), "public_key": _public(key)}
        return {**document, "signature": key.signing.sign(_canonical(document)).hex()}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receipt is worth: whether it is `signed` by its public key, this gallery's own (`ours`), what `remains`."""

    signed: bool
    ours: bool
    remains: dict[str, int]

    @property
    def holds(self) -> bool:
        return self.signed and self.ours and not self.remains


def check_receipt(gallery: Gallery, document: Any) -> Verdict:
    """Compare a receipt with its signature and with what the gallery holds; KenaliError for a document of another kind."""
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise KenaliError(f"this is no receipt: expected a JSON document of the kind {KIND!r}")
    body = {name: value for name, value in document.items() if name != "signature"}
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(body["public_key"]))
        public.verify(bytes.fromhex(document["signature"]), _canonical(body))
        person, whole, ids = str(body["person"]), bool(body["whole"]), [str(each) for each in body["enrolments"]]
    except (InvalidSignature, KeyError, TypeError, ValueError):
        return Verdict(signed=False, ours=False, remains={})
    ours = body["public_key"] == _public(gallery.key) and body.get("gallery") == gallery.id
    with gallery.database.reading() as connection:
        return Verdict(True, ours, _remains(connection, person, None if whole else ids))


def _remains(connection: Connection, person: str, ids: Sequence[str] | None) -> dict[str, int]:
    """Rows that are still there of a person, or of some enrolments, by table. The audit keeps the pseudonym."""
    if ids is None:
        has = select(enrolments.c.id).where(enrolments.c.person == person)
        counted = {
            "persons": (persons, persons.c.id == person),
            "consents": (consents, consents.c.person == person),
            "enrolments": (enrolments, enrolments.c.person == person),
            "embeddings": (embeddings, embeddings.c.enrolment.in_(has)),
            "photos": (photos, photos.c.enrolment.in_(has)),
        }
    else:
        counted = {
            "enrolments": (enrolments, enrolments.c.id.in_(ids)),
            "embeddings": (embeddings, embeddings.c.enrolment.in_(ids)),
            "photos": (photos, photos.c.enrolment.in_(ids)),
        }
    found = {
        name: connection.execute(select(func.count()).select_from(table).where(here)).scalar_one()
        for name, (table, here) in counted.items()
    }
    noted = select(func.count()).where(audit.c.person == person, audit.c.action.in_(["forget", "expire", "remove"]))
    if not connection.execute(noted).scalar_one():
        found["no erasure in the audit"] = 1
    return {name: count for name, count in found.items() if count}


def _public(key: Key) -> str:
    return key.signing.public_key().public_bytes_raw().hex()


def _canonical(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
