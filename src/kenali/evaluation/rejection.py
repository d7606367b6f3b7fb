"""Limits beyond which a classifier says "I don't know", and what they cost.

One rate is chosen: the share of the owner's own kind of photos that may be turned away. Novelty and doubt share it: both
limits lie at the same rank among held-out photos, and that rank is the one where both together turn away the chosen share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kenali.doubt import Limits
from kenali.evaluation.metrics import wilson
from kenali.types import FloatArray, IntArray, Predictions, Proportion

RATES = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Rates that every bundle holds limits for, so that a user can be stricter or laxer than its maker."""

SURE_ENOUGH = 0.95
"""An answer this probable is never ambiguous: being right 19 times of 20 is no doubt."""

_DRAWS = 20_000


@dataclass(frozen=True, slots=True)
class Rejection:
    """What limits for `rate` do on labelled photos: how many are turned away and why, and how good the rest is.

    `expected` is the interval, in photos, in which 95 of 100 such sets lie if they are of the same kind as the held-out
    photos that the limits were fitted on; None where these are not known.
    """

    rate: float
    limits: Limits
    rejected: Proportion
    novel: int
    ambiguous: int
    accuracy_of_rest: Proportion
    errors_caught: Proportion
    expected: tuple[int, int] | None = None


def fit_limits(confidence: FloatArray, novelty: FloatArray | None, rate: float) -> Limits:
    """Limits that turn away the share `rate` of photos like these held-out ones, none at all for 0.

    `confidence` (n,) is each photo's largest calibrated probability, `novelty` (n,) how strange it is. Of n photos
    floor(rate (n + 1)) - 1 are turned away, so that a new photo of the same kind is with a chance of at most `rate`, as in
    conformal prediction (Vovk and others 2005). Too few photos for the rate put the limits at the strangest and the least
    sure of them.
    """
    n = len(confidence)
    if rate <= 0 or n == 0:
        return Limits()
    unsure = np.where(confidence < SURE_ENOUGH, _rank(confidence), n)
    strange = np.full(n, n) if novelty is None else _rank(-novelty)
    worst = np.minimum(unsure, strange)
    cut = np.sort(worst)[min(rejected_of(n, rate), n - 1)]
    kept = confidence[unsure >= cut]
    return Limits(
        novelty=None if novelty is None else float(novelty[strange >= cut].max()),
        ambiguous=min(SURE_ENOUGH, float(kept.min())),
    )


def rejected_of(n: int, rate: float) -> int:
    """How many of `n` held-out photos the limits for `rate` turn away."""
    return max(0, int(np.floor(rate * (n + 1) + 1e-9)) - 1)


def expected_rejections(n: int, rate: float, m: int) -> tuple[int, int]:
    """Between how many of `m` new photos the limits fitted on `n` turn away, in 95 of 100 cases.

    The share of all photos beyond a limit set by rank is beta-distributed (Vovk 2012), what `m` photos show of it binomial.
    """
    beyond = rejected_of(n, rate)
    generator = np.random.default_rng(0)
    seen = generator.binomial(m, generator.beta(beyond + 1, n - beyond, _DRAWS))
    low, high = np.quantile(seen, (0.025, 0.975), method="closest_observation")
    return int(low), int(high)


def rejection(predictions: Predictions, labels: IntArray, rate: float, expected: tuple[int, int] | None = None) -> Rejection:
    """What the predictions' own limits, fitted for `rate`, do on photos with these labels (n,)."""
    right, unknown = predictions.labels == labels, predictions.unknown
    return Rejection(
        rate=rate,
        limits=predictions.limits,
        rejected=wilson(int(unknown.sum()), len(labels)),
        novel=predictions.reasons.count("novel"),
        ambiguous=predictions.reasons.count("ambiguous"),
        accuracy_of_rest=wilson(int(right[~unknown].sum()), int((~unknown).sum())),
        errors_caught=wilson(int(unknown[~right].sum()), int((~right).sum())),
        expected=expected,
    )


def risk_coverage(predictions: Predictions, labels: IntArray) -> tuple[tuple[float, float], ...]:
    """(share answered, share of these that is wrong) when the least sure answers are withheld first, for every cut.

    Equal confidences are withheld together. Source: R. El-Yaniv and Y. Wiener, J. Mach. Learn. Res. 11 (2010) 1605-1641.
    """
    confidence = predictions.probs.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum((predictions.labels != labels)[order])
    last = np.flatnonzero(np.append(np.diff(confidence[order]) != 0, True)) if len(order) else order
    return tuple(((int(i) + 1) / len(order), float(wrong[i]) / (int(i) + 1)) for i in last)


def _rank(values: FloatArray) -> IntArray:
    """0 for the least value, equal values the same, up to n - 1."""
    ranks: IntArray = np.searchsorted(np.sort(values), values, side="left")
    return ranks
