"""The gallery's tables through time, by Alembic: each revision goes forward and back."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from kenali.errors import KenaliError

HEAD = "0002"


def revision(connection: Connection) -> str | None:
    """The revision of the tables, None where there are none. Needs no Alembic, whose import takes longer than a search."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(connection: Connection, shown: str, to: str = HEAD) -> None:
    """Bring the tables forward to revision `to` within the connection's transaction; `shown` names the database in errors."""
    _run(connection, shown, "upgrade", to)


def downgrade(connection: Connection, shown: str, to: str) -> None:
    """Bring the tables back to revision `to`; what only later revisions hold is lost."""
    _run(connection, shown, "downgrade", to)


def _run(connection: Connection, shown: str, direction: str, to: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        (command.upgrade if direction == "upgrade" else command.downgrade)(config, to)
    except CommandError:
        found = revision(connection)
        raise KenaliError(
            f"the tables of {shown} are of revision {found}, which this Kenali does not know: update it"
        ) from None
