"""Appearances kept in SQL: written while they last, read back, and forgotten."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from kenali.database.connected import Database
from kenali.files import data_folder
from kenali.stream.appearances import Appearance
from kenali.stream.events.migrations import TABLES
from kenali.stream.events.schema import appearances

PLACE_VARIABLE = "KENALI_EVENTS"
_MICROSECOND = 1000
_EPOCH = datetime(1970, 1, 1)  # times in the tables are UTC and do not say so, as some databases cannot
_LONGEST = 255


def events_place(option: str | None = None) -> str:
    """The URL or file of the event log: the option, KENALI_EVENTS, or a file in the user's data folder."""
    return option or os.environ.get(PLACE_VARIABLE) or str(data_folder() / "events.sqlite")


def there_are_events(place: str) -> bool:
    """Whether there may be an event log at `place`: a file that exists, or a database server."""
    return "://" in place or Path(place).expanduser().exists()


class EventStore:
    """The event log in the database that a URL, or a file's path, names; made where there is none.

    Of an enrolled person the log holds the gallery's id, and the name only with `names`: so whoever is forgotten in the
    gallery is named by no log. Safe for several threads and several processes.
    """

    def __init__(self, place: str, *, names: bool = False, migrate: bool = False) -> None:
        """`migrate` brings the tables of a database server up to date; those of a file always are. Raises KenaliError."""
        self.database = Database(place, TABLES)
        self.names = names
        try:
            self.database.migrate(asked=migrate)
        except BaseException:
            self.database.close()
            raise

    def save(self, changed: Iterable[Appearance]) -> None:
        """Write appearances, new ones and those that are there already; all or none."""
        with self.database.writing() as connection:
            for one in changed:
                row = self._row(one)
                if not connection.execute(update(appearances).where(appearances.c.id == one.id).values(row)).rowcount:
                    connection.execute(insert(appearances).values(row))

    def recent(
        self,
        *,
        source: str | None = None,
        since_ns: int | None = None,
        until_ns: int | None = None,
        who: str | None = None,
        limit: int | None = None,
    ) -> list[Appearance]:
        """Appearances, the last seen first: of a `source`, seen between `since_ns` and `until_ns`, of a label or person.

        Enrolled people whose names are not in the log have the label "".
        """
        query = select(appearances).order_by(appearances.c.last_seen.desc(), appearances.c.id)
        if source is not None:
            query = query.where(appearances.c.source == source)
        if since_ns is not None:
            query = query.where(appearances.c.last_seen >= _time(since_ns))
        if until_ns is not None:
            query = query.where(appearances.c.first_seen < _time(until_ns))
        if who is not None:
            query = query.where(or_(appearances.c.label == who, appearances.c.person == who))
        with self.database.reading() as connection:
            return [_appearance(row) for row in connection.execute(query.limit(limit))]

    def forget(self, *who: str) -> int:
        """Erase every appearance of these labels or persons, in an SQLite file without a trace; how many there were."""
        return self._erase(or_(appearances.c.label.in_(who), appearances.c.person.in_(who)))

    def prune(self, before_ns: int) -> int:
        """Erase what was last seen before `before_ns`; how many there were."""
        return self._erase(appearances.c.last_seen < _time(before_ns))

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> EventStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _erase(self, which: Any) -> int:
        with self.database.writing() as connection:
            found = connection.execute(delete(appearances).where(which)).rowcount
        if found:
            self.database.erase_traces()
        return int(found)

    def _row(self, one: Appearance) -> dict[str, Any]:
        row = asdict(one)
        row["label"] = None if one.person and not self.names else one.label[:_LONGEST]
        row["model"] = one.model[:_LONGEST]
        return row | {"first_seen": _time(row.pop("first_ns")), "last_seen": _time(row.pop("last_ns"))}


def _appearance(row: Row[Any]) -> Appearance:
    values = row._asdict()
    values |= {"first_ns": _ns(values.pop("first_seen")), "last_ns": _ns(values.pop("last_seen"))}
    return Appearance(**values | {"label": values["label"] or ""})


def _time(ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=ns // _MICROSECOND)


def _ns(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1) * _MICROSECOND
