"""Programs that make a gallery at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, event, select

from kenali.database import connected
from kenali.database.connected import Database
from kenali.errors import KenaliError
from kenali.faces.gallery.keys import Key
from kenali.faces.gallery.migrations import TABLES
from kenali.faces.gallery.schema import gallery as galleries
from kenali.faces.gallery.store import Gallery
from tests.databases import Server


@pytest.fixture
def slow_commits() -> Iterator[None]:
    def wait(_: Connection) -> None:
        time.sleep(0.4)

    event.listen(Engine, "commit", wait)
    yield
    event.remove(Engine, "commit", wait)


def test_two_programs_found_one_gallery(place: str, request: pytest.FixtureRequest) -> None:
    """The second waits until the first has kept its gallery, not only until it has written it."""
    database, key = Database(place, TABLES), Key.new()
    database.migrate()
    request.getfixturevalue("slow_commits")

    def found(_: int) -> str:
        with Gallery.open(place, key) as opened:
            return opened.id

    with ThreadPoolExecutor(2) as pool:
        ids = list(pool.map(found, range(2)))
    with database.reading() as connection:
        kept = connection.execute(select(galleries.c.id)).scalars().all()
    database.close()
    assert kept == [ids[0]] == [ids[1]]


def test_who_waits_in_vain_is_told(mariadb: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connected, "_FOUNDING_S", 0)
    first, second = (Database(mariadb.emptied(), TABLES) for _ in range(2))
    with first.founding(), pytest.raises(KenaliError, match="another program makes the tables"), second.founding():
        pass
    with second.founding():
        pass
    first.close()
    second.close()
