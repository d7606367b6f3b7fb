"""How predictions compare with the truth: pure functions from arrays to `Metrics`, NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from kenali.errors import KenaliError
from kenali.types import ClassScore, IntArray, Metrics, Proportion

TOP_K = (1, 3, 5)
ECE_BINS = 15

Z95 = 1.959963984540054
"""The normal quantile of a two-sided interval of 95 %."""

Probs = npt.NDArray[np.floating[Any]]
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The photos whose confidence lies in (`low`, `high`]: the mean confidence, and the share that was right."""

    low: float
    high: float
    confidence: float
    accuracy: Proportion


def wilson(successes: int, n: int, z: float = Z95) -> Proportion:
    """The share `successes / n` with Wilson's 95 % score interval, which stays honest for small `n` and near 0 or 1.

    Another `z`, the normal quantile, gives another level than 95 %.
    Without trials nothing is known: the value is 0 and the interval 0..1. Raises KenaliError for impossible counts.
    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212.
    """
    if not 0 <= successes <= n:
        raise KenaliError(f"successes must lie in 0..{n}, got {successes}")
    if n == 0:
        return Proportion(0.0, 0.0, 1.0, 0)
    share, z2 = successes / n, z * z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Proportion(share, low, high, n)


def score(probs: Probs, labels: npt.ArrayLike, class_names: Sequence[str]) -> Metrics:
    """Compare probabilities (n, k), whose rows sum to one, with true labels (n,) in 0..k-1.

    The predicted class is the most probable one, the first of equals. A score without a denominator (the precision of
    a class never predicted, the recall of a class without photos) is 0. Balanced accuracy averages recall over the
    classes that have photos; `top_k` holds those k of 1, 3, 5 that the number of classes allows. `ece` uses 15 bins of
    equal width on the top probability; `brier` sums the squared error over the classes, so it lies in 0..2.
    With n = 0 every figure is 0 and `accuracy.n` says so. Raises KenaliError where shapes or values do not fit.
    """
    probs, truth = _checked(probs, labels)
    k = len(class_names)
    if probs.shape[1] != k:
        raise KenaliError(f"probs must have one column for each of the {k} classes, got {probs.shape[1]}")
    confusion = np.bincount(truth * k + probs.argmax(axis=1), minlength=k * k).reshape(k, k)
    hits, support, named = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = _ratio(hits, named), _ratio(hits, support)
    f1 = _ratio(2 * hits, support + named)
    present = support > 0
    return Metrics(
        class_names=tuple(class_names),
        accuracy=wilson(int(hits.sum()), len(truth)),
        balanced_accuracy=float(recall[present].mean()) if present.any() else 0.0,
        top_k=_top_k(probs, truth),
        macro=_averaged(precision, recall, f1, np.ones(k), len(truth)),
        weighted=_averaged(precision, recall, f1, support, len(truth)),
        per_class={
            name: ClassScore(float(precision[j]), float(recall[j]), float(f1[j]), int(support[j]))
            for j, name in enumerate(class_names)
        },
        confusion_matrix=tuple(tuple(int(count) for count in row) for row in confusion),
        ece=sum(
            part.accuracy.n / len(truth) * abs(part.accuracy.value - part.confidence)
            for part in reliability(probs, truth, ECE_BINS)
        ),
        brier=_brier(probs, truth),
    )


def reliability(probs: Probs, labels: npt.ArrayLike, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Confidence against accuracy in `bins` bins of equal width over 0..1, those without photos left out.

    probs (n, k), labels (n,). Source: C. Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    probs, truth = _checked(probs, labels)
    confidence, correct = probs.max(axis=1), probs.argmax(axis=1) == truth
    which = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    count = np.bincount(which, minlength=bins)
    total = np.bincount(which, weights=confidence, minlength=bins)
    right = np.bincount(which, weights=correct, minlength=bins)
    return tuple(
        ReliabilityBin(j / bins, (j + 1) / bins, float(total[j] / count[j]), wilson(int(right[j]), int(count[j])))
        for j in np.flatnonzero(count).tolist()
    )


def _checked(probs: Probs, labels: npt.ArrayLike) -> tuple[_Floats, IntArray]:
    """The probabilities as float64 (n, k) and the labels as int64 (n,); KenaliError where they do not fit together."""
    wide, truth = np.asarray(probs, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    if wide.ndim != 2 or wide.shape[1] == 0 or truth.shape != (len(wide),):
        raise KenaliError(f"expected probs (n, k) and labels (n,), got {wide.shape} and {truth.shape}")
    if not np.isfinite(wide).all():
        raise KenaliError("probabilities must be finite: the model has diverged; train it with a lower learning rate")
    if len(truth) and not (truth.min() >= 0 and truth.max() < wide.shape[1]):
        raise KenaliError(f"labels must lie in 0..{wide.shape[1] - 1}, got {truth.min()}..{truth.max()}")
    return wide, truth


def _ratio(above: npt.NDArray[Any], below: npt.NDArray[Any]) -> _Floats:
    """above / below, and 0 where `below` is 0."""
    ratio: _Floats = np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
    return ratio


def _averaged(precision: _Floats, recall: _Floats, f1: _Floats, weights: npt.NDArray[Any], n: int) -> ClassScore:
    """The mean of each score over the classes, weighted by `weights` (k,)."""
    share = weights / max(float(weights.sum()), 1.0)
    return ClassScore(float(precision @ share), float(recall @ share), float(f1 @ share), n)


def _top_k(probs: _Floats, truth: IntArray) -> dict[int, float]:
    """The share of photos whose true class is among the k most probable; equals rank in class order, as in argmax."""
    k, own = probs.shape[1], probs[np.arange(len(truth)), truth][:, None]
    ahead = (probs > own) | ((probs == own) & (np.arange(k) < truth[:, None]))
    rank = ahead.sum(axis=1)
    return {top: float((rank < top).mean()) if len(truth) else 0.0 for top in TOP_K if top <= k}


def _brier(probs: _Floats, truth: IntArray) -> float:
    """The mean over photos of the squared distance to the one-hot truth, 0..2. Source: G. W. Brier (1950)."""
    one_hot = np.eye(probs.shape[1])[truth]
    return float(((probs - one_hot) ** 2).sum(axis=1).mean()) if len(truth) else 0.0
