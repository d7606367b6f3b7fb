"""One database, three kinds: SQLite in a file, MariaDB or MySQL, PostgreSQL. Where they differ is said here and nowhere else.

A reader sees the tables as they were when it began to look.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from kenali.database.tables import Tables
from kenali.errors import KenaliError, MissingExtra
from kenali.sqlite import write_ahead

_DRIVERS = {
    "sqlite": "sqlite",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
_EXTRAS = {"pymysql": "mysql", "psycopg": "postgresql"}
_PATIENCE_S = 30
_FOUNDING_S = 60


class DatabaseRefused(KenaliError):
    """The database does not answer, or refuses."""


class Database:
    """A pool of connections to the database that a URL, or a path for SQLite, names. Safe for several threads."""

    def __init__(self, place: str, tables: Tables) -> None:
        self._url = _url(place, tables)
        self.tables = tables
        self.kind = self._url.get_backend_name()
        self.file = Path(self._url.database) if self.kind == "sqlite" and self._url.database else None
        self.shown = str(self.file) if self.file else self._url.render_as_string(hide_password=True)
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.touch(mode=0o600)
        self._engine = self._connected_engine()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the tables."""
        level = {} if self.file else {"isolation_level": "REPEATABLE READ"}
        with self._told(), self._engine.connect().execution_options(**level) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes become one at the block's end, or none; one writer at a time."""
        options: dict[str, Any] = {"writes": True} if self.file else {"isolation_level": "READ COMMITTED"}
        with self._told(), self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def migrate(self, *, asked: bool = False) -> None:
        """Bring the tables up to date where they are empty, in a file, or where that is `asked` for; else KenaliError."""
        with self.reading() as connection:
            found = self.tables.revision(connection)
        if found == self.tables.head:
            return
        if found is not None and not (self.file or asked):
            raise KenaliError(f"the tables of {self.shown} are of an earlier Kenali: run  {self.tables.remedy}  once")
        with self.founding() as connection:
            self.tables.upgrade(connection, self.shown)

    @contextmanager
    def founding(self) -> Iterator[Connection]:
        """`writing`, while no other process makes tables or founds what is kept in them."""
        with self._alone(), self.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(7205759403)"))
            yield connection

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process founds meanwhile, until what this one has done is kept.

        SQLite's own lock is held by every writer, PostgreSQL's for a transaction; MariaDB's and MySQL's is a connection's.
        """
        if self._engine.dialect.name not in ("mysql", "mariadb"):
            yield
            return
        with self._told(), self._engine.connect() as holder:
            if holder.execute(text("SELECT GET_LOCK('kenali gallery', :wait)"), {"wait": _FOUNDING_S}).scalar() != 1:
                raise KenaliError(f"another program makes the tables of {self.shown}, for a minute now: try again")
            try:
                yield
            finally:
                holder.execute(text("SELECT RELEASE_LOCK('kenali gallery')"))

    def erase_traces(self) -> bool | None:
        """Write an SQLite file anew without what was deleted, and empty its log; None for a database server.

        False where another program held the file all the time.
        """
        if not self.file:
            return None
        with self._told(), self._engine.connect().execution_options(autocommit=True) as connection:
            connection.exec_driver_sql("VACUUM")
            until = time.monotonic() + _PATIENCE_S
            while connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
                if time.monotonic() > until:
                    return False
                time.sleep(0.05)
        return True

    def close(self) -> None:
        self._engine.dispose()

    def _connected_engine(self) -> Engine:
        try:
            engine = create_engine(self._url, pool_pre_ping=not self.file, hide_parameters=True)
        except ImportError as error:
            raise MissingExtra("this database", _EXTRAS.get(str(error.name), "faces"), error) from error
        if self.file:
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the database refuses, in a sentence without the statement's values or the password."""
        try:
            yield
        except DatabaseError as error:
            reason = str(error.orig).strip().splitlines()[0] if error.orig else "no reason given"
            raise DatabaseRefused(f"the {self.tables.what}'s database at {self.shown} refused: {reason}") from error


def _url(place: str, tables: Tables) -> URL:
    if "://" not in place:
        return URL.create("sqlite", database=str(Path(place).expanduser()))
    try:
        url = make_url(place)
        name, _, driver = url.drivername.partition("+")
        if name not in _DRIVERS:
            raise KenaliError(f"the {tables.what} lies in sqlite, mariadb, mysql or postgresql, not in {name!r}")
        url = url if driver else url.set(drivername=_DRIVERS[name])
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise KenaliError(
            f"{tables.option} is no URL: expected, for instance, postgresql://user@host/database, or a file"
        ) from None
    if name == "sqlite" and url.database in (None, "", ":memory:"):
        raise KenaliError(f"the {tables.what} in SQLite lies in a file: name it, for instance sqlite:///kenali.sqlite")
    if name in ("mysql", "mariadb"):
        url = url.update_query_dict({"charset": "utf8mb4"})
    return url


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not where the driver guesses
    for pragma in (
        f"busy_timeout = {1000 * _PATIENCE_S}",
        "synchronous = FULL",  # what was told as enrolled stays enrolled when the power fails
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    write_ahead(connection, _PATIENCE_S)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("autocommit"):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")
