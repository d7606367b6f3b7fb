"""The gallery's tables through time."""

from __future__ import annotations

from pathlib import Path

from kenali.database.tables import Tables

TABLES = Tables(Path(__file__).parent, "0002", "gallery", "--gallery", "kenali faces migrate")
