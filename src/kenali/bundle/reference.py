"""`reference.json`: what a bundle's photos looked like and how it answered them, so that new photos can be compared.

One row a photo that the model had not learned from, and one photo a group, so that rows stand for themselves. Numbers only: no
picture, no name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kenali.errors import BundleError
from kenali.files import write_atomically
from kenali.types import FloatArray, IntArray

REFERENCE_NAME = "reference.json"
MOST_ROWS = 1000
"""Rows that a bundle keeps at most: some 60 KB, and as many as a comparison makes use of."""

MEASURES = ("confidence", "novelty", "brightness", "contrast", "sharpness", "colour", "warmth", "size", "shape")
"""What is known of a photo in numbers: the largest probability and novelty that were answered, the five of `Appearance`,
the side in pixels of a square of its area, and its width over its height."""

_FORMAT = 1
_DIGITS = 4
Origin = Literal["held-out", "test", "photos", "observed"]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Photos as a comparison sees them: `labels` (n,) are their most probable classes, `measures` (n,) each, `formats` the
    files' formats. A measure or the formats are left out where they are not known of all photos. `origin` says where the photos
    come from.
    """

    labels: IntArray
    measures: dict[str, FloatArray]
    formats: tuple[str, ...]
    origin: Origin

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: IntArray) -> Sample:
        """The photos at these rows."""
        measures = {name: values[rows] for name, values in self.measures.items()}
        formats = tuple(self.formats[row] for row in rows.tolist()) if self.formats else ()
        return Sample(self.labels[rows], measures, formats, self.origin)

    def as_json(self) -> dict[str, Any]:
        measures = {name: [_rounded(one) for one in values.tolist()] for name, values in self.measures.items()}
        return {
            "format": _FORMAT,
            "origin": self.origin,
            "labels": self.labels.tolist(),
            "measures": measures,
            "formats": list(self.formats),
        }


def sample_of(rows: Sequence[dict[str, Any]], origin: Origin) -> Sample:
    """The sample of rows with `label` (int), any of the measures (None where not known) and `format`.

    Measures are rounded as in the file: photos of one camera all have the same size, and must have it on both sides.
    """
    measures = {
        name: np.array([_rounded(row[name]) for row in rows], np.float32)
        for name in MEASURES
        if rows and all(row.get(name) is not None for row in rows)
    }
    known = bool(rows) and all(row.get("format") for row in rows)
    formats = tuple(str(row["format"]) for row in rows) if known else ()
    return Sample(np.array([row["label"] for row in rows], np.int64), measures, formats, origin)


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def write_reference(folder: Path, sample: Sample) -> None:
    """Write `reference.json` into a bundle's folder, of an even choice of rows where there are too many."""
    if len(sample) > MOST_ROWS:
        sample = sample.take(np.linspace(0, len(sample) - 1, MOST_ROWS).round().astype(np.int64))
    write_atomically(folder / REFERENCE_NAME, json.dumps(sample.as_json(), separators=(",", ":")) + "\n")


def read_reference(folder: Path, n_classes: int) -> Sample | None:
    """What a bundle's folder holds to compare new photos with, None where it was made before bundles did.

    Raises BundleError where the file does not fit the bundle.
    """
    file = folder / REFERENCE_NAME
    if not file.is_file():
        return None
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        labels = np.array(document["labels"], np.int64)
        measures = {name: np.array(document["measures"][name], np.float32) for name in MEASURES if name in document["measures"]}
        sample = Sample(labels, measures, tuple(map(str, document["formats"])), document["origin"])
    except (ValueError, TypeError, KeyError) as error:
        raise BundleError(f"{file} cannot be read ({error})") from None
    lengths = {*map(len, measures.values()), len(sample.formats) or len(labels)}
    if labels.ndim != 1 or lengths != {len(labels)}:
        raise BundleError(f"{file} is damaged: its columns differ in length")
    if not all(np.isfinite(values).all() for values in measures.values()):
        raise BundleError(f"{file} is damaged: a measure is no number")
    if len(labels) and not 0 <= labels.min() <= labels.max() < n_classes:
        raise BundleError(f"{file} is damaged: a label lies outside the bundle's classes")
    return sample
