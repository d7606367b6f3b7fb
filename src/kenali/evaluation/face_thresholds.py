"""A threshold fitted to one's own people: for a wished false acceptance rate, with what is and what is not known about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil, sqrt
from typing import Any

import numpy as np

from kenali.errors import KenaliError
from kenali.evaluation.face_comparisons import (
    Comparisons,
    Floats,
    drawn_again,
    far_and_effective,
    mean_and_effective,
    of_people,
    of_photos,
    sample,
)
from kenali.faces.thresholds import Operating, Rate, ThresholdRecord
from kenali.faces.values import Vectors

PAIRS_A_RATE = 3
"""A rate of 1 in n takes 3 n pairs: of fewer, none need be accepted although the true rate is higher ("rule of three")."""

FEWEST_PEOPLE = 5

_LEVELS = (1, 2, 5, 10)
_Z = 2.2414  # of 97.5 %: in simulations 95 % intervals must be so wide, as the threshold is chosen on the same pairs
_CURVE = 80


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """FAR and FRR at each of `thresholds` (t,): `far` and `frr` (3, t) are the value, and the ends of its 95 % band.

    `eer` is the rate where both are equal, `eer_at` its threshold.
    """

    thresholds: Floats
    far: Floats
    frr: Floats
    eer: Rate
    eer_at: float


@dataclass(frozen=True, slots=True)
class GroupRates:
    """What the thresholds do within one group of people."""

    name: str
    persons: int
    photos: int
    far: Rate
    frr: Rate


@dataclass(frozen=True, slots=True, eq=False)
class FittedThreshold:
    """The record to keep, and what it rests on. `drawn` says whether only a sample of the people was compared."""

    record: ThresholdRecord
    identify: Curves
    verify: Curves
    groups: tuple[GroupRates, ...]
    drawn: bool

    def as_json(self) -> dict[str, Any]:
        """The document that `kenali faces threshold --json` prints."""
        return {
            "threshold": self.record.identify.threshold,
            **self.record.as_json(),
            "eer": {"identify": _eer(self.identify), "verify": _eer(self.verify)},
            "groups": [_group(one) for one in self.groups],
            "sampled": self.drawn,
            "curves": {name: _curve(one) for name, one in (("identify", self.identify), ("verify", self.verify))},
        }


def fit_threshold(vectors: Vectors, far: float, embedder_sha256: str, today: date) -> FittedThreshold:
    """Thresholds for the false acceptance rate `far` (0..1) a comparison, from people of whom some have several photos.

    Raises KenaliError, saying what it would take, where the photos cannot support that rate.
    """
    compared = sample(vectors)
    check_support(compared, far)
    photos = of_photos(compared)
    persons = of_people(photos)
    identify = operating(persons, far)
    record = ThresholdRecord(
        far=far,
        identify=identify,
        verify=operating(photos, far),
        strangers=_strangers(persons, identify.threshold),
        persons=len(np.unique(vectors.persons)),
        photos=len(vectors),
        embedder_sha256=embedder_sha256,
        fitted=today.isoformat(),
    )
    groups = _groups(compared, persons, identify.threshold)
    return FittedThreshold(record, curves(persons), curves(photos), groups, drawn=len(compared) < len(vectors))


def far_for_strangers(share: float, people: int) -> float:
    """The rate a comparison at which at most this share of strangers is named in a gallery of so many people (union bound)."""
    return share / max(1, people)


def curves(comparisons: Comparisons) -> Curves:
    """FAR and FRR over the distances that occur, with percentile bands from drawing people again."""
    finite = comparisons.distances[~np.isnan(comparisons.distances)]
    thresholds = np.linspace(float(finite.min()), float(finite.max()), _CURVE)
    far, frr = np.empty((3, _CURVE)), np.empty((3, _CURVE))
    drawn = []
    for at, threshold in enumerate(thresholds.tolist()):
        shares = comparisons.shares(threshold)
        far[0, at], _ = far_and_effective(shares)
        own = np.diag(shares)
        frr[0, at] = 1 - own[~np.isnan(own)].mean()
        again = drawn_again(shares)
        drawn.append(again)
        far[1:, at], frr[1:, at] = (np.nanquantile(values, (0.025, 0.975)) for values in again)
    eer, eer_at = _equal(thresholds, far[0], frr[0])
    fars, frrs = (np.stack([pair[j] for pair in drawn], axis=1) for j in (0, 1))
    again_eer = [_equal(thresholds, a, b)[0] for a, b in zip(fars, frrs, strict=True) if not np.isnan([*a, *b]).any()]
    low, high = np.quantile(again_eer, (0.025, 0.975)) if again_eer else (0.0, 1.0)
    return Curves(thresholds, far, frr, Rate(eer, float(low), float(high), 0.0), eer_at)


def wilson_rate(share: float, effective: float, z: float = _Z) -> Rate:
    """A share with Wilson's interval for as many trials as it is worth; 0..1 where that is not known."""
    if effective <= 0:
        return Rate(share, 0.0, 1.0, 0.0)
    z2 = z * z
    centre = (share + z2 / (2 * effective)) / (1 + z2 / effective)
    half = z / (1 + z2 / effective) * sqrt(share * (1 - share) / effective + z2 / (4 * effective**2))
    return Rate(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)), effective)


def check_support(vectors: Vectors, far: float) -> None:
    """Raises KenaliError where there are too few people, too few pairs, or nobody with two photos, for the rate `far`."""
    if not 0 < far < 0.5:
        raise KenaliError(f"a false acceptance rate lies above 0 and below 50 %, not at {100 * far:g} %")
    counts = np.bincount(vectors.persons)
    people, photos = len(counts), len(vectors)
    pairs = (photos**2 - int((counts**2).sum())) // 2
    needed = ceil(PAIRS_A_RATE / far - 1e-9)
    if people < FEWEST_PEOPLE:
        raise KenaliError(
            f"a threshold takes at least {FEWEST_PEOPLE} people, and there {'is' if people == 1 else 'are'} {people}: enrol "
            f"{FEWEST_PEOPLE - people} more, or fit it on a labelled folder of other people"
        )
    if not (counts > 1).any():
        raise KenaliError("no person has two photos, so nothing tells how alike one person's photos are: enrol second photos")
    if pairs < needed:
        each = photos / people
        more = ceil((1 + sqrt(1 + 8 * needed / each**2)) / 2) - people  # people (people - 1) / 2 each^2 pairs
        raise KenaliError(
            f"a false acceptance rate of {100 * far:g} % takes {needed:,} pairs of photos of different people, and there are "
            f"{pairs:,}: enrol about {max(1, more)} more people with {each:.0f} photos each, "
            f"or wish for {100 * PAIRS_A_RATE / pairs:.2g} %"
        )


def operating(comparisons: Comparisons, far: float) -> Operating:
    """The greatest threshold at which at most the share `far` of impostors is accepted."""
    distances, weights = comparisons.impostors()
    threshold = _quantile(distances, weights, far)
    reached, _ = far_and_effective(comparisons.shares(threshold))
    effective = [
        far_and_effective(comparisons.shares(_quantile(distances, weights, level)))[1]
        for level in (min(0.5, far * times) for times in _LEVELS)
    ]
    known = [one for one in effective if one > 0]
    impostor, genuine = (
        int((pairs & ~np.isnan(comparisons.distances)).sum()) for pairs in (~comparisons.same, comparisons.same)
    )
    halves = 2 if len(comparisons.columns) == len(comparisons.rows) else 1  # two photos meet twice
    return Operating(
        threshold=threshold,
        far=wilson_rate(reached, float(np.median(known)) if known else 0.0),
        frr=_frr(comparisons, threshold),
        impostor=impostor // halves,
        genuine=genuine // halves,
    )


def _quantile(distances: Any, weights: Floats, far: float) -> float:
    """The distance up to which at most the share `far` of the weight lies, just below the least where none may."""
    below = int(np.searchsorted(weights, far + 1e-9, side="right"))
    if below == 0 or distances[below - 1] == distances[min(below, len(distances) - 1)]:
        return float(np.nextafter(distances[below], np.float32(0)))
    return float(distances[below - 1])


def _frr(comparisons: Comparisons, threshold: float) -> Rate:
    own = np.diag(comparisons.shares(threshold))
    missed = 1 - own[~np.isnan(own)]
    share, effective = mean_and_effective(missed)
    return wilson_rate(share, effective or float(len(missed)))


def _strangers(comparisons: Comparisons, threshold: float) -> Rate:
    """Of each person's photos the share that is named as another person, were this person a stranger."""
    others = np.where(comparisons.same, np.inf, comparisons.distances)
    named = np.nanmin(others, axis=1) <= threshold
    counts = np.bincount(comparisons.rows)
    share, effective = mean_and_effective(np.bincount(comparisons.rows, weights=named) / counts)
    return wilson_rate(share, effective or float(len(counts)))


def _groups(vectors: Vectors, comparisons: Comparisons, threshold: float) -> tuple[GroupRates, ...]:
    """The rates within each group of people, where there are two groups or more; the highest FAR first."""
    names = sorted({group for group in vectors.groups if group})
    if len(names) < 2:
        return ()
    shares = comparisons.shares(threshold)
    rows = []
    for name in names:
        members = np.flatnonzero([group == name for group in vectors.groups])
        own = shares[np.ix_(members, members)]
        far, effective = far_and_effective(own) if len(members) > 1 else (0.0, 0.0)
        missed = 1 - np.diag(own)[~np.isnan(np.diag(own))]
        frr, trials = mean_and_effective(missed)
        pairs = len(members) * (len(members) - 1) / 2
        photos = int(np.isin(vectors.persons, members).sum())
        rates = wilson_rate(far, effective or pairs), wilson_rate(frr, trials or float(len(missed)))
        rows.append(GroupRates(name, len(members), photos, *rates))
    return tuple(sorted(rows, key=lambda row: -row.far.value))


def _equal(thresholds: Floats, far: Floats, frr: Floats) -> tuple[float, float]:
    """Where the rising FAR meets the falling FRR: the rate and the threshold, on straight lines between the points."""
    gap = far - frr
    at = int(np.argmax(gap >= 0))
    if at == 0:
        return float((far[0] + frr[0]) / 2), float(thresholds[0])
    part = float(gap[at - 1] / (gap[at - 1] - gap[at]))
    return tuple(float(v[at - 1] + part * (v[at] - v[at - 1])) for v in (far, thresholds))  # type: ignore[return-value]


def _eer(one: Curves) -> dict[str, float]:
    return {"value": one.eer.value, "low": one.eer.low, "high": one.eer.high, "threshold": one.eer_at}


def _group(one: GroupRates) -> dict[str, Any]:
    rates = {name: {"value": r.value, "low": r.low, "high": r.high} for name, r in (("far", one.far), ("frr", one.frr))}
    return {"name": one.name, "persons": one.persons, "photos": one.photos, **rates}


def _curve(one: Curves) -> list[dict[str, Any]]:
    points = zip(one.thresholds.tolist(), one.far.T.tolist(), one.frr.T.tolist(), strict=True)
    return [{"threshold": threshold, "far": far, "frr": frr} for threshold, far, frr in points]
