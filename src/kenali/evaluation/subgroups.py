"""Accuracy apart for each source of photos (a hospital, a camera, a day), as a file name or a CSV's column tells it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from kenali.errors import KenaliError, did_you_mean
from kenali.evaluation.metrics import wilson
from kenali.photos import CsvSource, declared_group
from kenali.types import Photo, PhotoSource, Proportion

SMALL = 20
"""A group with fewer photos is called small: its interval is some 40 points wide."""


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One group: its accuracy, that of all other photos, and whether it has few photos. The name is empty for photos
    that the pattern does not match."""

    name: str
    accuracy: Proportion
    rest: Proportion
    small: bool


@dataclass(frozen=True, slots=True)
class Subgroups:
    """The groups that `by`, a pattern or column, makes: the worst first, small ones last."""

    by: str
    rows: tuple[Subgroup, ...]

    @property
    def weak(self) -> tuple[Subgroup, ...]:
        """The groups whose interval lies wholly below that of all other photos, the worst first.

        Of many groups one is the worst by chance, so each interval is widened to the level .05 / number of groups
        (Bonferroni); small groups count, for their intervals are as wide as they must be.
        """
        z = NormalDist().inv_cdf(1 - 0.025 / max(1, len(self.rows)))
        below = [one for one in self.rows if one.rest.n and _widened(one.accuracy, z).high < one.rest.low]
        return tuple(sorted(below, key=lambda one: one.accuracy.value))

    def as_json(self) -> dict[str, Any]:
        rows = [{"name": one.name, **asdict(one.accuracy), "small": one.small} for one in self.rows]
        return {"by": self.by, "small_below": SMALL, "rows": rows}


def name_groups(photos: Sequence[Photo], source: PhotoSource, by: str) -> list[str]:
    """The group of each photo: the column `by` of a CSV source, else what `by` as a regular expression finds in its path.

    The expression's first bracket, else its whole match, names the group; no match is the empty name. Raises KenaliError
    where `by` is neither a column nor a regular expression that matches any path.
    """
    columns = source.columns if isinstance(source, CsvSource) else ()
    if by.strip().lower() in columns:
        assert isinstance(source, CsvSource)
        values = source.column(by.strip().lower())
        return [values.get(photo.path, "") for photo in photos]
    try:
        pattern = re.compile(by)
    except re.error as error:
        raise KenaliError(f"{by!r} is no regular expression ({error}){_columns_hint(by, columns)}") from None
    names = [declared_group(photo.path, pattern) or "" for photo in photos]
    if not any(names):
        raise KenaliError(f"the pattern {by!r} finds a group in no photo's path{_columns_hint(by, columns)}")
    return names


def score_groups(by: str, names: Sequence[str], right: Iterable[bool]) -> Subgroups:
    """Accuracy with Wilson's interval of each group; `names` and `right` have one entry a photo."""
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, hit in zip(names, right, strict=True):
        counts[name][0] += bool(hit)
        counts[name][1] += 1
    hits, n = (sum(count[j] for count in counts.values()) for j in (0, 1))
    rows = [
        Subgroup(name, wilson(own, size), wilson(hits - own, n - size), size < SMALL) for name, (own, size) in counts.items()
    ]
    return Subgroups(by, tuple(sorted(rows, key=lambda one: (one.small, one.accuracy.value, -one.accuracy.n, one.name))))


def _widened(accuracy: Proportion, z: float) -> Proportion:
    return wilson(round(accuracy.value * accuracy.n), accuracy.n, z)


def _columns_hint(by: str, columns: Sequence[str]) -> str:
    if not columns:
        return ""
    return f"; the CSV's columns are {', '.join(columns)}.{did_you_mean(by.strip().lower(), columns)}"
