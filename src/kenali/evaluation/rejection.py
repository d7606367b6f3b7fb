"""Limits beyond which a classifier says "I don't know", and what they cost.

One rate is chosen: the share of the owner's own kind of photos that each limit, on novelty and on doubt, turns away.
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

    `expected` is the interval in which `novel` lies for 95 of 100 such sets of the same kind as the `held_out` photos that the
    limits were fitted on.
    """

    rate: float
    limits: Limits
    held_out: int
    rejected: Proportion
    novel: int
    ambiguous: int
    accuracy_of_rest: Proportion
    errors_caught: Proportion
    expected: tuple[int, int]


def fit_limits(confidence: FloatArray, novelty: FloatArray, rate: float) -> Limits:
    """Limits that each turn away the share `rate` of photos like these held-out ones, none at all for 0.

    `confidence` (n,) is each photo's largest calibrated probability, `novelty` (n,) how strange it is. The limits are
    quantiles by rank / (n + 1), so that a new photo of the same kind lies beyond one with a chance of `rate`, as in conformal
    prediction (Vovk and others 2005). Too few photos for the rate put the limits at the strangest and the least sure of them.
    """
    if rate <= 0 or len(confidence) == 0:
        return Limits()
    return Limits(
        novelty=float(np.quantile(novelty.astype(np.float64), 1 - rate, method="weibull")),
        ambiguous=min(SURE_ENOUGH, float(np.quantile(confidence.astype(np.float64), rate, method="weibull"))),
    )


def expected_beyond(n: int, rate: float, m: int) -> tuple[int, int]:
    """Between how many of `m` new photos lie beyond a limit fitted on `n`, in 95 of 100 cases.

    The share of all photos beyond a limit set by rank is beta-distributed (Vovk 2012), what `m` photos show of it binomial.
    """
    rank = max(1.0, rate * (n + 1))
    generator = np.random.default_rng(0)
    seen = generator.binomial(m, generator.beta(rank, n + 1 - rank, _DRAWS))
    low, high = np.quantile(seen, (0.025, 0.975), method="closest_observation")
    return int(low), int(high)


def rejection(predictions: Predictions, labels: IntArray, rate: float, held_out: int) -> Rejection:
    """What the predictions' own limits, fitted for `rate` on `held_out` photos, do on photos with these labels (n,)."""
    right, unknown = predictions.labels == labels, predictions.unknown
    return Rejection(
        rate=rate,
        limits=predictions.limits,
        held_out=held_out,
        rejected=wilson(int(unknown.sum()), len(labels)),
        novel=predictions.reasons.count("novel"),
        ambiguous=predictions.reasons.count("ambiguous"),
        accuracy_of_rest=wilson(int(right[~unknown].sum()), int((~unknown).sum())),
        errors_caught=wilson(int(unknown[~right].sum()), int((~right).sum())),
        expected=expected_beyond(held_out, rate, len(labels)),
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
