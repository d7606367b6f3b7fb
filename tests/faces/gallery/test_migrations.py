"""The tables, from the first schema to the newest and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, inspect

from kenali.database.connected import Database
from kenali.errors import KenaliError
from kenali.faces.gallery.migrations import TABLES
from kenali.faces.gallery.schema import metadata
from kenali.faces.gallery.store import Gallery
from tests.faces.gallery.conftest import CONSENT, EMBEDDER, face


def shape(database: Database) -> dict[str, dict[str, bool]]:
    """Whether each column of each table may be empty."""
    with database.reading() as connection:
        found = MetaData()
        found.reflect(connection)
    return {
        table.name: {column.name: bool(column.nullable) for column in table.columns}
        for table in found.sorted_tables
        if table.name != "alembic_version"
    }


def test_forward_and_back_with_people_in_it(new_place: str, key_file: Path) -> None:
    with Gallery.open(new_place, key_file, EMBEDDER) as gallery:
        gallery.enrol("Ana", [face(1, photo=b"pixels"), face(2)], CONSENT, group="g")
    database = Database(new_place, TABLES)
    wanted = {table.name: {column.name: bool(column.nullable) for column in table.columns} for table in metadata.sorted_tables}
    assert shape(database) == wanted
    with database.founding() as connection:
        TABLES.downgrade(connection, database.shown, "0001")
    with database.reading() as connection:
        assert TABLES.revision(connection) == "0001"
        assert not inspect(connection).has_table("photos")
    if database.file is None:
        with pytest.raises(KenaliError, match="run  kenali faces migrate"):
            Gallery.open(new_place, key_file)
    with Gallery.open(new_place, key_file, EMBEDDER, migrate=True) as gallery:
        (ana,) = gallery.persons()
        assert (ana.name, ana.faces, ana.group) == ("Ana", 2, "")
        assert gallery.vectors().matrix.shape == (2, 16)
    assert shape(database) == wanted
    with database.founding() as connection:
        TABLES.downgrade(connection, database.shown, "base")
    assert shape(database) == {}
    database.close()
    with Gallery.open(new_place, key_file, EMBEDDER) as gallery:
        assert gallery.persons() == []


def test_the_newest_revision_is_the_schema() -> None:
    versions = Path(__file__).parents[3] / "src" / "kenali" / "faces" / "gallery" / "migrations" / "versions"
    assert max(path.name for path in versions.glob("v*.py"))[1:5] == TABLES.head


def test_a_gallery_from_the_future_is_left_alone(tmp_path: Path, key_file: Path) -> None:
    place = tmp_path / "gallery.sqlite"
    Gallery.open(str(place), key_file).close()
    engine = create_engine(f"sqlite:///{place}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(KenaliError, match="revision 9999, which this Kenali does not know"):
        Gallery.open(str(place), key_file)


def test_an_interrupted_migration_of_a_file_leaves_what_was(tmp_path: Path, key_file: Path) -> None:
    database = Database(str(tmp_path / "gallery.sqlite"), TABLES)
    with pytest.raises(RuntimeError), database.founding() as connection:
        TABLES.upgrade(connection, database.shown, "0001")
        raise RuntimeError
    assert shape(database) == {}
    database.close()
