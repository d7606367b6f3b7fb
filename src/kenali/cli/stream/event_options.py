"""What the commands about events share."""

from __future__ import annotations

from typing import Annotated

import typer

EventLog = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="A database's URL or an SQLite file. Default: KENALI_EVENTS, or your own."),
]


def needs_events() -> None:
    """MissingExtra where the packages for the event log are not installed."""
    from kenali.errors import MissingExtra

    try:
        import sqlalchemy  # noqa: F401
    except ImportError as error:
        raise MissingExtra("the event log", "stream", error) from None
