"""Tables through time, by Alembic: each revision goes forward and back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.sql import column, select, table

from kenali.errors import KenaliError


@dataclass(frozen=True, slots=True)
class Tables:
    """What tables there are, as one feature of Kenali needs them.

    `migrations` is the folder of their revisions, `head` the newest, `noted` the table that says which they are of. For
    errors: `what` they are (`gallery`), the `option` that names the database, and the `remedy`, the command that brings them
    up to date.
    """

    migrations: Path
    head: str
    what: str
    option: str
    remedy: str
    noted: str = "alembic_version"

    def revision(self, connection: Connection) -> str | None:
        """The revision of the tables, None where there are none. Needs no Alembic, whose import takes longer than a search."""
        if not inspect(connection).has_table(self.noted):
            return None
        found: str | None = connection.execute(select(column("version_num")).select_from(table(self.noted))).scalar()
        return found

    def upgrade(self, connection: Connection, shown: str, to: str | None = None) -> None:
        """Bring the tables forward to revision `to` within the connection's transaction; errors call the database `shown`."""
        self._run(connection, shown, "upgrade", to or self.head)

    def downgrade(self, connection: Connection, shown: str, to: str) -> None:
        """Bring the tables back to revision `to`; what only later revisions hold is lost."""
        self._run(connection, shown, "downgrade", to)

    def _run(self, connection: Connection, shown: str, direction: str, to: str) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(self.migrations).replace("%", "%%"))
        config.attributes |= {"connection": connection, "version_table": self.noted}
        try:
            (command.upgrade if direction == "upgrade" else command.downgrade)(config, to)
        except CommandError:
            found = self.revision(connection)
            raise KenaliError(
                f"the tables of {shown} are of revision {found}, which this Kenali does not know: update it"
            ) from None
