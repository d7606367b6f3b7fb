"""What people say the photos really showed, and what that makes of each version of a model."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kenali.evaluation.metrics import wilson
from kenali.files import write_atomically
from kenali.serve.journal import Journal, read_journal
from kenali.serve.receipts import Receipt
from kenali.types import Proportion

FEEDBACK = "feedback"
CLASSES = "classes"
"""Folders in the server's state: a journal for each model, and the class names of every version that answered."""

_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Judged:
    """Feedback on the photos of one version of a model: of `told` photos some were called `unknown`, and of those that were
    named the share `right` was named rightly.
    """

    model: str
    bundle: str
    told: int
    unknown: int
    right: Proportion


class FeedbackBook:
    """Feedback below `state`. Methods touch the disk: to be called in a thread, `record` in one at a time."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._journals: dict[str, Journal] = {}
        self._remembered: set[str] = set()

    def remember(self, bundle: str, class_names: Sequence[str]) -> None:
        """Note which classes the numbers in this bundle's receipts stand for."""
        file = self._classes(bundle)
        if not file.is_file():
            write_atomically(file, json.dumps(list(class_names), ensure_ascii=False) + "\n")
        self._remembered.add(bundle)

    def remembers(self, bundle: str) -> bool:
        """Whether this worker has noted them."""
        return bundle in self._remembered

    def answered(self, receipt: Receipt) -> str | None:
        """The likeliest class of a prediction; None where its bundle is forgotten."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return str(json.loads(self._classes(receipt.bundle).read_text(encoding="utf-8"))[receipt.label])
        return None

    def record(self, model: str, prediction: str, receipt: Receipt, label: str, by: str) -> None:
        """Note the right label of a prediction; the last one told counts. OSError where the disk refuses."""
        journal = self._journals.setdefault(model, Journal(self._state / FEEDBACK / model, _MOST_BYTES))
        journal.append(
            {
                "time": round(time.time(), 6),  # workers may hear corrections within a millisecond
                "id": prediction,
                "bundle": receipt.bundle,
                "answered": self.answered(receipt),
                "reason": receipt.reason,
                "confidence": round(receipt.confidence, 3),
                "label": label,
                "by": by,
            }
        )

    def judged(self, models: Iterable[str]) -> tuple[Judged, ...]:
        """What feedback says of each version of these models."""
        found = []
        for model in models:
            told = (row for row in read_journal(self._state / FEEDBACK / model) if "id" in row and "label" in row)
            last = {row["id"]: row for row in sorted(told, key=_told_at)}  # each worker has files of its own
            bundles = sorted({str(row.get("bundle")) for row in last.values()})
            for bundle in bundles:
                rows = [row for row in last.values() if row.get("bundle") == bundle]
                named = [row for row in rows if not row.get("reason")]
                right = sum(row["label"] == row.get("answered") for row in named)
                found.append(Judged(model, bundle, len(rows), len(rows) - len(named), wilson(right, len(named))))
        return tuple(found)

    def _classes(self, bundle: str) -> Path:
        return self._state / CLASSES / f"{bundle}.json"


def _told_at(row: Mapping[str, Any]) -> float:
    time_s = row.get("time")
    return float(time_s) if isinstance(time_s, int | float) else 0.0
