"""`prototypes.json`: of what class, group and length the novelty score's prototypes are, so that others can join them later.

A prototype is a training photo's features at length one. With its length and class it stands for that photo when a head is
fitted anew, as the page does that learns a further class: so the classes that it has are not forgotten. With its group, photos
that belong together stay in one fold.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kenali.errors import BundleError
from kenali.files import write_atomically
from kenali.types import FloatArray, IntArray

KNOWN_NAME = "prototypes.json"


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The photos behind the prototypes, in their order: `labels` (m,), `groups` (m,) by number, `lengths` (m,) of features."""

    labels: IntArray
    groups: IntArray
    lengths: FloatArray

    def __len__(self) -> int:
        return len(self.labels)

    def as_json(self) -> dict[str, Any]:
        return {
            "labels": self.labels.tolist(),
            "groups": self.groups.tolist(),
            "lengths": [float(f"{length:.7g}") for length in self.lengths],
        }


def known_photos(features: FloatArray, labels: IntArray, groups: Sequence[str]) -> Known:
    """What is kept of photos with these features (m, d), labels (m,) and groups; the groups' names are not."""
    numbers = np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.int64)
    return Known(labels, numbers, np.linalg.norm(features, axis=1).astype(np.float32))


def write_known(folder: Path, known: Known) -> None:
    """Write `prototypes.json` into a bundle's folder."""
    write_atomically(folder / KNOWN_NAME, json.dumps(known.as_json()) + "\n")


def read_known(folder: Path, n_classes: int) -> Known | None:
    """What a bundle's folder tells of its prototypes, None where it was made before bundles did.

    Raises BundleError where the file does not fit the bundle.
    """
    file = folder / KNOWN_NAME
    if not file.is_file():
        return None
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        known = Known(
            np.array(document["labels"], np.int64),
            np.array(document["groups"], np.int64),
            np.array(document["lengths"], np.float32),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise BundleError(f"{file} cannot be read ({error})") from None
    columns = (known.labels, known.groups, known.lengths)
    if any(column.ndim != 1 or len(column) != len(known) for column in columns):
        raise BundleError(f"{file} is damaged: labels, groups and lengths differ in number")
    if len(known) and not 0 <= known.labels.min() <= known.labels.max() < n_classes:
        raise BundleError(f"{file} is damaged: a label lies outside the bundle's classes")
    return known
