"""The table of the event log, as the newest revision of `migrations` leaves it. Times are UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Float, Index, MetaData, String, Table
from sqlalchemy.dialects.mysql import DATETIME

metadata = MetaData()
Time = DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")

appearances = Table(
    "appearances",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("session", String(8), nullable=False),
    Column("track", BigInteger, nullable=False),
    Column("label", String(255)),  # empty for an enrolled person, whose name the gallery alone knows
    Column("person", String(64), index=True),
    Column("model", String(255), nullable=False),
    Column("first_seen", Time, nullable=False),
    Column("last_seen", Time, nullable=False, index=True),
    Column("frames", BigInteger, nullable=False),
    Column("confidence", Float(53)),
    Column("distance", Float(53)),
    Index("appearances_by_source", "source", "last_seen"),
)
