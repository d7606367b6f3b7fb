"""The event log: written, gone on with, listed and erased, without the names of people."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

from sqlalchemy import MetaData

from kenali.database.connected import Database
from kenali.errors import KenaliError
from kenali.stream.appearances import Appearance, Change
from kenali.stream.events.migrations import TABLES
from kenali.stream.events.schema import metadata
from kenali.stream.events.store import EventStore
from kenali.stream.recorder import Recorder
from tests.stream.answers import BEGUN, SECOND

ANA = Appearance("a" * 16, "door", "0000000a", 1, "Ana", "id-ana", "faces", BEGUN, BEGUN + 4 * SECOND, 40, None, 0.25)
CRACK = Appearance("c" * 16, "belt", "0000000b", 0, "crack", None, "tyres", BEGUN, BEGUN + SECOND, 10, 0.9)


def test_what_is_written_is_read(new_place: str) -> None:
    with EventStore(new_place) as store:
        store.save([ANA, CRACK])
        later = replace(ANA, last_ns=ANA.last_ns + SECOND, frames=50)
        store.save([later])
        assert store.recent() == [replace(later, label=""), CRACK]
        assert store.recent(source="belt") == store.recent(who="crack") == [CRACK]
        assert [one.id for one in store.recent(who="id-ana")] == [ANA.id]
        assert store.recent(since_ns=BEGUN + 2 * SECOND)[0].id == ANA.id
        assert store.recent(until_ns=BEGUN) == []
        assert store.recent(limit=1) == [replace(later, label="")]
        assert store.forget("id-ana") == 1
        assert store.recent() == [CRACK]
        assert store.prune(BEGUN + 2 * SECOND) == 1


def test_names_of_people_are_written_only_if_asked(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    with EventStore(str(file)) as store:
        store.save([ANA])
    assert all(b"Ana" not in part.read_bytes() for part in tmp_path.iterdir())
    with EventStore(str(file), names=True) as store:
        store.save([ANA])
        assert store.recent() == [ANA]
        assert b"Ana" in b"".join(part.read_bytes() for part in tmp_path.iterdir())
        assert store.forget("Ana") == 1
    assert all(b"Ana" not in part.read_bytes() for part in tmp_path.iterdir())


def test_times_in_the_table_are_utc(tmp_path: Path) -> None:
    with EventStore(str(tmp_path / "events.sqlite")) as store:
        store.save([CRACK])
    with sqlite3.connect(tmp_path / "events.sqlite") as connection:
        (told,) = connection.execute("SELECT first_seen FROM appearances").fetchone()
    connection.close()
    assert told == "2027-01-15 08:00:00.000000"


def test_the_newest_revision_is_the_schema(tmp_path: Path) -> None:
    with EventStore(str(tmp_path / "events.sqlite")) as store, store.database.reading() as connection:
        found = MetaData()
        found.reflect(connection)
    made = {table.name: set(table.columns.keys()) for table in found.sorted_tables if table.name != TABLES.noted}
    assert made == {table.name: set(table.columns.keys()) for table in metadata.sorted_tables}
    database = Database(str(tmp_path / "events.sqlite"), TABLES)
    with database.founding() as connection:
        TABLES.downgrade(connection, database.shown, "base")
        assert not connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name = 'appearances'").all()
    database.close()


def test_events_and_a_gallery_share_a_database(tmp_path: Path) -> None:
    from kenali.faces.gallery.migrations import TABLES as GALLERY

    place = str(tmp_path / "all.sqlite")
    people = Database(place, GALLERY)
    people.migrate()
    with EventStore(place) as store:
        store.save([CRACK])
        assert store.recent() == [CRACK]
    with people.reading() as connection:
        assert GALLERY.revision(connection) == GALLERY.head
    people.close()


class Refusing(EventStore):
    """A log that cannot be written to while it `refuses`."""

    refuses = True

    def save(self, changed: object) -> None:
        if self.refuses:
            raise KenaliError("the disk is full")
        super().save(changed)  # type: ignore[arg-type]


def test_events_wait_for_a_database_that_refuses(tmp_path: Path) -> None:
    warned: list[str] = []
    store = Refusing(str(tmp_path / "events.sqlite"))
    with contextlib.closing(store):
        recorder = Recorder(store, warned.append)
        recorder.take([Change("began", ANA)])
        recorder.take([Change("ended", CRACK)])
        assert store.recent() == []
        store.refuses = False
        recorder.flush()
        assert {one.id for one in store.recent()} == {ANA.id, CRACK.id}
    assert len(warned) == 2
    assert "the disk is full" in warned[0]


def test_what_lasts_is_written_now_and_then(tmp_path: Path) -> None:
    with EventStore(str(tmp_path / "events.sqlite")) as store:
        recorder = Recorder(store, lambda _: None)
        recorder.take([Change("began", ANA)])
        recorder.take([Change("on", replace(ANA, frames=41))])
        assert store.recent()[0].frames == 40
        recorder.take([Change("ended", replace(ANA, frames=42))])
        assert store.recent()[0].frames == 42
        assert [one.id for one in recorder.earlier("door", BEGUN)] == [ANA.id]
