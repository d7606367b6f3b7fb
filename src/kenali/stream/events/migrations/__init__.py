"""The event log's tables through time."""

from __future__ import annotations

from pathlib import Path

from kenali.database.tables import Tables

TABLES = Tables(
    Path(__file__).parent, "0001", "event log", "--database", "kenali stream events --migrate", noted="alembic_version_events"
)
