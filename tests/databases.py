"""Databases of every kind. The servers are this machine's own, started in temporary folders, on sockets alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete, inspect, text
from sqlalchemy.exc import OperationalError

from kenali.faces.gallery.schema import metadata

DATABASES = ("sqlite", "mariadb", "postgresql")


@pytest.fixture(params=DATABASES)
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database in which there never was a table."""
    if request.param == "sqlite":
        return str(tmp_path / "new.sqlite")
    server: Server = request.getfixturevalue(request.param)
    return server.new()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    install, daemon = _program("mariadb-install-db"), _program("mariadbd")
    with _folder(None) as folder:
        data, socket = folder / "data", folder / "s"
        me = ["--user=root"] if _is_root() else []
        _done(
            [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db", *me]
        )
        options = [
            "--no-defaults",
            f"--datadir={data}",
            f"--socket={socket}",
            "--skip-networking",
            f"--pid-file={folder / 'pid'}",
        ]
        quick = [
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=32M",
            "--innodb-flush-method=nosync",
            "--skip-log-bin",
        ]
        admin = f"mariadb+pymysql://root@/?unix_socket={socket}"
        with _served([daemon, *options, *quick, *me], None, socket, admin, signal.SIGKILL) as server:
            yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    initdb, daemon = _program("initdb"), _program("postgres")
    user = "postgres" if _is_root() else None  # the server refuses to run as root
    with _folder(user) as folder:
        data = folder / "data"
        _done(
            [initdb, "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", f"--pgdata={data}"],
            user,
        )
        options = ["-D", str(data), "-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
        admin = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        with _served([daemon, *options], user, folder / ".s.PGSQL.5432", admin, signal.SIGQUIT) as server:
            yield server


def _program(name: str) -> str:
    """A server's program, which Debian keeps out of the path; the test is skipped where it is not installed."""
    places = os.pathsep.join(
        [os.environ.get("PATH", ""), "/usr/sbin", *map(str, sorted(Path("/usr/lib").glob("postgresql/*/bin")))]
    )
    found = shutil.which(name, path=places)
    if found is None or not hasattr(os, "getuid"):
        pytest.skip(f"{name} is not installed here")
    return found


def _is_root() -> bool:
    return hasattr(os, "getuid") and os.getuid() == 0


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    """A folder with a short name, which sockets need, of `user`."""
    path = Path(tempfile.mkdtemp(prefix="kenali-"))
    if user:
        shutil.chown(path, user)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _done(command: list[str], user: str | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, user=user, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


class Server:
    """A database server while it runs, spoken to by the URL of its administrator; the signal `end` ends it at once."""

    def __init__(self, command: list[str], user: str | None, socket: Path, admin: str, end: int) -> None:
        null = subprocess.DEVNULL
        self._process = subprocess.Popen(command, user=user, cwd="/", stdout=null, stderr=null)
        self._engine = create_engine(admin, isolation_level="AUTOCOMMIT")
        self._end = end
        self._made = 0
        self._reused = ""
        until = time.monotonic() + 60
        while not (socket.exists() and self._answers()):
            assert self._process.poll() is None, "the server ended at once"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)

    def new(self) -> str:
        """The URL of a database that was made now."""
        self._made += 1
        name = f"gallery{self._made}"
        with self._engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return self._engine.url.set(database=name).render_as_string()

    def emptied(self) -> str:
        """The URL of a database whose tables, if it has any, are empty: far quicker than new ones."""
        self._reused = self._reused or self.new()
        engine = create_engine(self._reused)
        with engine.begin() as connection:
            if inspect(connection).has_table("persons"):
                for table in reversed(metadata.sorted_tables):
                    connection.execute(delete(table))
        engine.dispose()
        return self._reused

    def _answers(self) -> bool:
        try:
            self._engine.connect().close()
        except OperationalError:
            return False
        return True

    def stop(self) -> None:
        self._engine.dispose()
        self._process.send_signal(self._end)
        self._process.wait(60)


@contextmanager
def _served(command: list[str], user: str | None, socket: Path, admin: str, end: int) -> Iterator[Server]:
    server = Server(command, user, socket, admin, end)
    try:
        yield server
    finally:
        server.stop()
