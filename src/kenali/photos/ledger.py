"""The ledger on disk and in words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from kenali.files import write_atomically
from kenali.photos.listing import csv_text
from kenali.types import Ledger

COLUMNS = ("path", "label", "fate", "reason", "detail")


def save_ledger(file: Path, ledger: Ledger) -> None:
    """Write the ledger as CSV: path, label, fate, reason, detail."""
    rows = ((row.path, row.label, row.fate, row.reason, row.detail) for row in ledger.rows)
    write_atomically(file, csv_text(COLUMNS, rows))


def summary(ledger: Ledger) -> list[str]:
    """The ledger in a few lines: totals, and each reason with an example."""
    used, duplicate, quarantined = (ledger.count(fate) for fate in ("used", "duplicate", "quarantined"))
    lines = [f"{len(ledger.rows)} files: {used} used, {duplicate} duplicate, {quarantined} quarantined"]
    reasons = Counter((row.fate, row.reason) for row in ledger.rows if row.fate != "used")
    examples = {(row.fate, row.reason): row for row in reversed(ledger.rows)}
    for (fate, reason), number in reasons.most_common():
        row = examples[fate, reason]
        lines.append(f"  {number:>5}  {fate}, {reason}: {row.path} ({row.detail})")
    return lines
