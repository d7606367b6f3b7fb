"""Faces compared with faces of the same person and of others, and how often either falls within a threshold.

People, not photos, are drawn by chance: two photos of one person are no two independent trials. So each person counts
alike however many photos there are, each pair of people likewise, and intervals come from drawing people again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kenali.faces.matching import BEST
from kenali.faces.values import Vectors
from kenali.types import FloatArray, IntArray

Floats = npt.NDArray[np.float64]

DRAWS = 400
_PEOPLE = 400
_PHOTOS = 2400


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Distances float32 (n, k) of photos of the persons `rows` (n,) from photos or people that are `columns` (k,).

    Persons are 0..p-1 in ascending order; NaN stands where nothing may be compared, such as a photo with itself.
    """

    distances: FloatArray
    rows: IntArray
    columns: IntArray

    @property
    def people(self) -> int:
        return int(self.rows[-1]) + 1 if len(self.rows) else 0

    @property
    def same(self) -> npt.NDArray[np.bool_]:
        """Where a photo meets its own person (n, k)."""
        same: npt.NDArray[np.bool_] = self.rows[:, None] == self.columns
        return same

    def shares(self, threshold: float) -> Floats:
        """Of the comparisons of each person with each (p, p), the share within `threshold`; NaN without any."""
        with np.errstate(invalid="ignore"):
            return self._summed(self.distances <= threshold) / self._summed(~np.isnan(self.distances))

    def impostors(self) -> tuple[FloatArray, Floats]:
        """The distances between different people, ascending, and the weight up to each: every pair of people counts alike."""
        other = ~self.same & ~np.isnan(self.distances)
        weights = np.outer(1 / np.bincount(self.rows)[self.rows], 1 / np.bincount(self.columns)[self.columns])[other]
        distances = self.distances[other]
        order = np.argsort(distances, kind="stable")
        total = np.cumsum(weights[order])
        return distances[order], total / total[-1]

    def _summed(self, marks: npt.NDArray[np.bool_]) -> Floats:
        by_row = np.add.reduceat(marks, np.searchsorted(self.rows, np.arange(self.people)), axis=0, dtype=np.float32)
        summed: Floats = np.add.reduceat(by_row, np.searchsorted(self.columns, np.arange(self.people)), axis=1)
        return summed.astype(np.float64)


def sample(vectors: Vectors, seed: int = 0) -> Vectors:
    """At most 400 people and some 2,400 photos, drawn by seed: more would hardly narrow an interval."""
    rng = np.random.default_rng(seed)
    people = np.unique(vectors.persons)
    if len(people) > _PEOPLE:
        people = np.sort(rng.choice(people, _PEOPLE, replace=False))
    most = max(2, _PHOTOS // max(1, len(people)))
    rows = [np.flatnonzero(vectors.persons == person) for person in people]
    rows = [np.sort(rng.choice(own, most, replace=False)) if len(own) > most else own for own in rows]
    persons = np.repeat(np.arange(len(people)), [len(own) for own in rows])
    names, groups = (tuple(values[person] for person in people) for values in (vectors.names, vectors.groups))
    chosen = np.concatenate(rows) if rows else np.empty(0, np.int64)
    return Vectors(vectors.matrix[chosen], persons, names, groups, vectors.version)


def of_photos(vectors: Vectors) -> Comparisons:
    """Every photo with every other: what verifying two photos does. Persons must ascend."""
    products = vectors.matrix @ vectors.matrix.T
    distances = np.sqrt(np.maximum(0, 2 - 2 * products)).astype(np.float32)
    np.fill_diagonal(distances, np.nan)
    return Comparisons(distances, vectors.persons, vectors.persons)


def of_people(photos: Comparisons) -> Comparisons:
    """Every photo with every person's enrolments, its own left out: what identifying does."""
    columns = [_best(photos.distances[:, photos.columns == person]) for person in range(photos.people)]
    return Comparisons(np.stack(columns, axis=1), photos.rows, np.arange(photos.people))


def far_and_effective(shares: Floats) -> tuple[float, float]:
    """The false acceptance rate that shares (p, p) between people tell, and the number of independent trials it is worth.

    The latter is that whose binomial variance is the one found by drawing people again (E. Korn and B. Graubard, 1998);
    0 where nothing was accepted, for then nothing is known of the variance.
    """
    people = len(shares)
    others = shares.copy()
    np.fill_diagonal(others, 0)
    far = float(others.sum() / (people * (people - 1)))
    draws = _draws(people)
    among = draws.sum(axis=1) ** 2 - (draws**2).sum(axis=1)
    kept = among > 0
    again = ((draws @ others) * draws).sum(axis=1)[kept] / among[kept]
    variance = float(again.var())
    return far, far * (1 - far) / variance if variance > 0 else 0.0


def mean_and_effective(shares: Floats) -> tuple[float, float]:
    """The mean of people's own shares (p,) and the number of independent trials that it is worth, 0 as above."""
    if not len(shares):
        return 0.0, 0.0
    mean, variance = float(shares.mean()), float(shares.var(ddof=min(1, len(shares) - 1))) / len(shares)
    return mean, mean * (1 - mean) / variance if variance > 1e-12 else 0.0


def drawn_again(shares: Floats) -> tuple[Floats, Floats]:
    """The FAR and the FRR (b,) that shares (p, p) give when people are drawn again `b` times. NaN where none was drawn."""
    draws, own = _draws(len(shares)), np.diag(shares)
    others = shares.copy()
    np.fill_diagonal(others, 0)
    known = ~np.isnan(own)
    with np.errstate(invalid="ignore", divide="ignore"):
        far = ((draws @ others) * draws).sum(axis=1) / (draws.sum(axis=1) ** 2 - (draws**2).sum(axis=1))
        frr = 1 - draws[:, known] @ own[known] / draws[:, known].sum(axis=1)
    return far, frr


@lru_cache(maxsize=4)
def _draws(people: int) -> Floats:
    """How often each person is drawn (b, p), by one seed, so that figures of one set of people belong together."""
    return np.random.default_rng(0).multinomial(people, np.full(people, 1 / people), size=DRAWS).astype(np.float64)


def _best(distances: FloatArray) -> FloatArray:
    """Of each row the mean of its `BEST` least numbers, NaN without any."""
    least = np.sort(distances, axis=1)[:, :BEST]  # NaN comes last
    counts = (~np.isnan(least)).sum(axis=1)
    with np.errstate(invalid="ignore"):
        means: FloatArray = (np.nansum(least, axis=1) / np.where(counts, counts, np.nan)).astype(np.float32)
    return means
