"""People put together, and the groups that rates are broken down by."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kenali.errors import KenaliError, did_you_mean
from kenali.faces.values import Vectors


def read_groups(path: Path, column: str) -> dict[str, str]:
    """The group of each person, in lower case, from the columns `person` and `column` of a CSV; KenaliError without them."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            for wanted in ("person", column):
                if wanted not in columns:
                    raise KenaliError(f"{path} has no column {wanted!r}.{did_you_mean(wanted, columns)}")
            return {(row["person"] or "").strip().casefold(): (row[column] or "").strip() for row in reader}
    except (UnicodeDecodeError, csv.Error) as error:
        raise KenaliError(f"{path} cannot be read as CSV in UTF-8 ({error})") from None


def with_groups(vectors: Vectors, groups: Mapping[str, str]) -> Vectors:
    """The same vectors, each person in the group that `groups` gives the name. Raises KenaliError where it names nobody."""
    found = tuple(groups.get(name.casefold()) or None for name in vectors.names)
    if not any(found):
        raise KenaliError("the CSV's people are none of these: its column person must hold the names as they were enrolled")
    return replace(vectors, groups=found)


def together(parts: Sequence[Vectors]) -> Vectors:
    """The people of all parts; who has one name, whatever the case, is one person. Raises KenaliError where nobody is left."""
    if not parts:
        raise KenaliError("nobody is enrolled in the gallery: run  kenali faces enroll  first")
    people = {
        name.casefold(): (name, group) for part in reversed(parts) for name, group in zip(part.names, part.groups, strict=True)
    }
    place = {name: number for number, name in enumerate(people)}
    persons = [np.array([place[name.casefold()] for name in part.names])[part.persons] for part in parts]
    names, groups = zip(*people.values(), strict=True)
    return Vectors(np.concatenate([part.matrix for part in parts]), np.concatenate(persons), names, groups, parts[0].version)
