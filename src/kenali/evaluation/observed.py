"""What a server noted of its answers, without pixels: one JSON object a line."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kenali.bundle.reference import MEASURES, Sample, sample_of
from kenali.errors import KenaliError

DAY_S = 86_400.0
_OWN = ("confidence", "brightness", "contrast", "sharpness", "colour", "warmth", "size", "shape")


@dataclass(frozen=True, slots=True)
class Observed:
    """The answers of one version of a model as a sample, and how many lines were left out: of `others`, or said `again`."""

    sample: Sample
    others: int
    again: int


def read_observed(
    folder: Path, bundle: str, class_names: tuple[str, ...], days: float | None = None, now: float | None = None
) -> Observed:
    """The observations below `folder` of the bundle with this id, of the last `days`.

    The same photo sent again counts once: it gives the same numbers. A line that is damaged, as the last one may be after a
    crash, is passed over. Raises KenaliError where there is no such folder.
    """
    if not folder.is_dir():
        raise KenaliError(f"there is no folder of observations at {folder}; kenali serve --state DIR writes DIR/observed")
    since = -math.inf if days is None else (time.time() if now is None else now) - days * DAY_S
    index = {name: label for label, name in enumerate(class_names)}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    others = again = 0
    for row in _lines(folder):
        if row.get("bundle") != bundle or row.get("label") not in index or not row["time"] >= since:
            others += 1
            continue
        row |= {"label": index[row["label"]]}
        key = (row["label"], row.get("format"), *(row.get(name) for name in MEASURES))
        again += key in rows
        rows.setdefault(key, row)
    return Observed(sample_of(list(rows.values()), "observed"), others, again)


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("*.jsonl")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    row = json.loads(line)
                except ValueError:
                    continue
                if isinstance(row, dict) and _sound(row):
                    yield row


def _sound(row: dict[str, Any]) -> bool:
    """Whether a row holds the numbers that it should."""
    numbers = [row.get(name) for name in ("time", *_OWN)]
    numbers += [row["novelty"]] if row.get("novelty") is not None else []
    return all(isinstance(one, (int, float)) and math.isfinite(one) for one in numbers)
