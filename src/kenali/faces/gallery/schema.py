"""The tables of a gallery, as the newest revision of `migrations` leaves them.

Columns that end in `_sealed` can be read with the person's key alone; `key_sealed`, that key, with the owner's.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.mysql import LONGBLOB

metadata = MetaData()
Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself
Photo = LargeBinary().with_variant(LONGBLOB, "mysql", "mariadb")  # BLOB ends at 64 KiB there


def _person() -> Column[str]:
    return Column("person", String(32), ForeignKey("persons.id"), nullable=False, index=True)


def _enrolment() -> Column[str]:
    return Column("enrolment", String(32), ForeignKey("enrolments.id"), primary_key=True)


gallery = Table(
    "gallery",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("key_check", String(64), nullable=False),
    Column("embedder", String(64)),  # SHA-256 of the graph that all vectors are of
    Column("version", BigInteger, nullable=False),  # one more with each change
    Column("threshold", Text),
    Column("created", DateTime, nullable=False),
)
persons = Table(
    "persons",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name_mac", String(64), nullable=False, unique=True),
    Column("key_sealed", LargeBinary, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("group_sealed", LargeBinary),
    Column("created", DateTime, nullable=False),
)
consents = Table(
    "consents",
    metadata,
    Column("id", String(32), primary_key=True),
    _person(),
    Column("record_sealed", LargeBinary, nullable=False),
    Column("created", DateTime, nullable=False),
)
enrolments = Table(
    "enrolments",
    metadata,
    Column("id", String(32), primary_key=True),
    _person(),
    Column("consent", String(32), ForeignKey("consents.id"), nullable=False),
    Column("photo_mac", String(64), nullable=False),
    Column("details_sealed", LargeBinary, nullable=False),
    Column("created", DateTime, nullable=False),
    Column("expires", Date, index=True),
    UniqueConstraint("person", "photo_mac", name="one_enrolment_a_photo"),
)
embeddings = Table("embeddings", metadata, _enrolment(), Column("vector_sealed", LargeBinary, nullable=False))
photos = Table("photos", metadata, _enrolment(), Column("photo_sealed", Photo, nullable=False))
exports = Table(
    "exports",
    metadata,
    Column("id", Number, primary_key=True),
    Column("path_sealed", LargeBinary, nullable=False),
    Column("created", DateTime, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("id", Number, primary_key=True),
    Column("time", DateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("person", String(32), nullable=False),
    Column("number", Integer, nullable=False),
)
