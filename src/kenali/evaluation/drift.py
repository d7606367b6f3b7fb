"""Whether new photos, and the answers to them, are of another kind than those that a bundle was judged on.

Each measure's two distributions are compared by their largest distance: of the cumulative shares for numbers (Kolmogorov and
Smirnov), of the shares themselves for kinds (total variation). Like is compared with like: photos with those that got the same
name, weighted to the new photos' mix of classes, so that more photos of one class are no change in themselves. How far chance
carries is found by exchanging new and old photos within each class, and one test over all measures (the largest standardised
distance, P. Westfall and S. Young, "Resampling-based multiple testing", 1993) keeps the rate of false alarms.

The answers are watched for the worse alone: less confidence, more novelty, more photos called unknown. Held-out photos were
answered by models that had learned from fewer photos and are a little less sure, so the other side would alarm by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kenali.bundle.reference import MEASURES, Sample
from kenali.doubt import Limits
from kenali.errors import KenaliError
from kenali.evaluation.drift_values import ALARM_RATE, QUANTILES, WORSE, Change, Drift, Mix

FEWEST = 20
"""Photos, on either side, below which nothing is said."""

MOST = 2000
"""New photos that are compared at most, evenly chosen."""

_DRAWS = 999

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


def drift(reference: Sample, new: Sample, class_names: tuple[str, ...], limits: Limits) -> Drift:
    """Compare `new` photos with the `reference`; `limits` are those beyond which the bundle calls a photo unknown.

    Raises KenaliError where either side has too few photos.
    """
    total = len(new)
    for sample, whose in ((reference, "the bundle's own photos"), (new, "the new photos")):
        if len(sample) < FEWEST:
            raise KenaliError(f"{whose} are too few to compare: {len(sample)}, at least {FEWEST} are needed")
    if total > MOST:
        new = new.take(np.linspace(0, total - 1, MOST).round().astype(np.int64))
    generator = np.random.default_rng(0)
    mix = _mix(reference.labels, new.labels, len(class_names), generator)
    shared = np.intersect1d(reference.labels, new.labels)
    then, now = (one.take(np.flatnonzero(np.isin(one.labels, shared))) for one in (reference, new))
    changes: tuple[Change, ...] = ()
    weights = None
    if len(shared):
        strata = np.concatenate([then.labels, now.labels])
        weights = _weights(strata, len(then))
        changes = _compared(then, now, limits, weights, _exchanged(strata, len(then), weights, generator))
    return Drift(
        n=len(new),
        total=total,
        reference_n=len(reference),
        origin=reference.origin,
        changes=changes,
        mix=mix,
        class_names=class_names,
        expected_right=_expected_right(reference, new),
    )


def _expected_right(reference: Sample, new: Sample) -> tuple[float, float] | None:
    if "confidence" not in reference.measures or "confidence" not in new.measures:
        return None
    return float(reference.measures["confidence"].mean()), float(new.measures["confidence"].mean())


def _weights(strata: _Ints, old: int) -> _Floats:
    """Signed weights (n,): the new photos' sum to 1, the first `old` ones' to -1, with equal shares of each class."""
    labels, which = np.unique(strata, return_inverse=True)
    then, now = (np.bincount(part, minlength=len(labels)).astype(np.float64) for part in (which[:old], which[old:]))
    weights = np.full(len(strata), 1 / now.sum())
    weights[:old] = -(now / now.sum() / then)[which[:old]]
    return weights


def _exchanged(strata: _Ints, old: int, weights: _Floats, generator: np.random.Generator) -> npt.NDArray[np.float32]:
    """The weights and as many draws of them, each class's shuffled among its photos: float32 (1 + draws, n)."""
    drawn = np.empty((1 + _DRAWS, len(strata)), np.float32)
    for label in np.unique(strata):
        inside = np.flatnonzero(strata == label)
        drawn[:, inside] = generator.permuted(np.tile(weights[inside].astype(np.float32), (1 + _DRAWS, 1)), axis=1)
    drawn[0] = weights
    return drawn


def _compared(
    then: Sample, now: Sample, limits: Limits, weights: _Floats, drawn: npt.NDArray[np.float32]
) -> tuple[Change, ...]:
    """Every measure that both sides know, tested together."""
    old = len(then)
    columns: dict[str, tuple[npt.NDArray[Any], tuple[str, ...]]] = {}
    if "confidence" in then.measures and "confidence" in now.measures:
        unknown = np.concatenate([_unknown(then, limits), _unknown(now, limits)])
        columns["unknown"] = (unknown, ("unknown", "known"))
    for name in MEASURES:
        if name in then.measures and name in now.measures:
            columns[name] = (np.concatenate([then.measures[name], now.measures[name]]), ())
    if then.formats and now.formats:
        names, codes = np.unique(np.array(then.formats + now.formats), return_inverse=True)
        columns["format"] = (codes, tuple(names.tolist()))
    distances = np.stack([_distances(name, *column, drawn) for name, column in columns.items()])  # (measures, 1 + draws)
    mean, spread = distances.mean(axis=1, keepdims=True), distances.std(axis=1, keepdims=True)
    standard = np.where(spread > 1e-7, (distances - mean) / np.maximum(spread, 1e-7), 0.0)
    most = standard.max(axis=0)
    beyond = float(np.quantile(most, 1 - ALARM_RATE, method="higher"))
    found = []
    for row, (name, (values, kinds)) in enumerate(columns.items()):
        summary = _shares if kinds else _quantiles
        found.append(
            Change(
                name=name,
                then=summary(values[:old], -weights[:old], len(kinds)),
                now=summary(values[old:], weights[old:], len(kinds)),
                distance=float(distances[row, 0]),
                chance=min(1.0, float(mean[row, 0] + beyond * spread[row, 0])),
                p_value=float((most >= standard[row, 0] - 1e-9).mean()),
                kinds=kinds,
            )
        )
    return tuple(found)


def _unknown(sample: Sample, limits: Limits) -> npt.NDArray[np.int64]:
    """0 for the photos that the limits call unknown, 1 for the others."""
    confidence, novelty = sample.measures["confidence"], sample.measures.get("novelty")
    reasons = limits.reasons(confidence[:, None], novelty)
    return np.array([reason is None for reason in reasons], np.int64)


def _distances(name: str, values: npt.NDArray[Any], kinds: tuple[str, ...], drawn: npt.NDArray[np.float32]) -> _Floats:
    """The distance of each draw of weights (draws, n): of cumulative shares, or of the shares of kinds."""
    if kinds:
        gaps = drawn @ np.eye(len(kinds), dtype=np.float32)[values]
        if name in WORSE:
            more: _Floats = np.maximum(gaps[:, 0], 0).astype(np.float64)
            return more
        total: _Floats = np.abs(gaps).sum(axis=1).astype(np.float64) / 2
        return total
    order = np.argsort(values, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(values[order]) > 0, True))  # equal values count together
    steps = np.cumsum(drawn[:, order], axis=1)[:, ends]
    gaps = np.maximum(WORSE[name] * steps, 0) if name in WORSE else np.abs(steps)
    reached: _Floats = gaps.max(axis=1).astype(np.float64)
    return reached


def _quantiles(values: npt.NDArray[Any], weights: _Floats, _: int) -> tuple[float, ...]:
    """The quantiles of weighted values."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    places = np.minimum(np.searchsorted(reached, np.array(QUANTILES) * reached[-1] - 1e-9), len(values) - 1)
    return tuple(float(value) for value in values[order][places])


def _shares(values: npt.NDArray[Any], weights: _Floats, kinds: int) -> tuple[float, ...]:
    return tuple(float(share) for share in np.bincount(values, weights=weights, minlength=kinds))


def _mix(then: _Ints, now: _Ints, n_classes: int, generator: np.random.Generator) -> Mix:
    """The classes' shares compared, by exchanging photos of all classes."""
    old, new = (np.bincount(labels, minlength=n_classes) for labels in (then, now))
    drawn = generator.multivariate_hypergeometric(old + new, len(now), size=_DRAWS, method="marginals")
    drawn = np.concatenate([new[None], drawn])
    distances = np.abs(drawn / len(now) - (old + new - drawn) / len(then)).sum(axis=1) / 2
    return Mix(
        then=tuple((old / len(then)).tolist()),
        now=tuple((new / len(now)).tolist()),
        distance=float(distances[0]),
        p_value=float((distances >= distances[0] - 1e-9).mean()),
    )
