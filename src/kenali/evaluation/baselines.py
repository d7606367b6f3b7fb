"""Weak models that see one side of a photo only: how often they are right says what that side gives away.

Each is kernel ridge regression of the class on ranked columns (C. Saunders and others, ICML 1998), with an exponential kernel,
which follows steps and corners much as a random forest does. What a photo's prediction takes from the others' labels then
depends on the columns alone, so that asking the same of hundreds of shuffled labellings is one matrix product: the permutation
test costs less than the fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kenali.parallel import map_in_order
from kenali.types import FloatArray, IntArray

_DRAWS = {10: 499, 25: 199}  # shuffled labellings by the most classes they are for: many classes cost more and vary less
_FEWEST_DRAWS = 99

_WIDTH = 0.5  # of the kernel, in mean distances between photos
_RIDGE = 1.0
_COLUMNS_AT_ONCE = 4096
_Z_THREE = 2.128  # one-sided, 5 % over three comparisons

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """How a baseline did on held-out folds: `right` (n,) says which photos it named, `balanced_accuracy` the mean recall.

    `p_value` is the chance that any of the baselines tried would do as well if the labels had nothing to do with the photos.
    """

    right: npt.NDArray[np.bool_]
    balanced_accuracy: float
    p_value: float


def hold_out(
    columns: Mapping[str, FloatArray], labels: IntArray, units: IntArray, folds: IntArray, draws: int | None = None
) -> dict[str, Held]:
    """Fit and test a baseline on each of `columns` (n, d), without each fold in turn.

    `labels` (n,) are 0..k-1, all present. Photos of one of the `units` (n,) share label and fold, and are shuffled as one,
    within their fold, so that every shuffled labelling is as stratified as the true one. The p-value compares a baseline
    with the best of all baselines in each labelling (P. Westfall and S. Young, Resampling-based multiple testing, 1993), so
    that at most the share p of sets without any shortcut shows one below p, however many baselines there are. `draws` are the
    shuffled labellings; a p-value is a multiple of 1 / (draws + 1).
    """
    k = int(labels.max()) + 1
    draws = draws or next((number for most, number in _DRAWS.items() if k <= most), _FEWEST_DRAWS)
    labellings = np.vstack([labels, _shuffled(labels, units, folds, draws)])
    smoothed = map_in_order(lambda given: _predict(smoother(given, folds), labellings, folds), columns.values())
    predicted = dict(zip(columns, smoothed, strict=True))
    scores = {kind: _balanced_accuracy(named, labellings) for kind, named in predicted.items()}
    best = np.max([score[1:] for score in scores.values()], axis=0)
    return {
        kind: Held(
            right=predicted[kind][0] == labels,
            balanced_accuracy=float(score[0]),
            p_value=float((1 + np.count_nonzero(best >= score[0] - 1e-9)) / (1 + draws)),
        )
        for kind, score in scores.items()
    }


def smoother(columns: FloatArray, folds: IntArray) -> FloatArray:
    """(n, n): what the score of each photo (row) takes from the label of each other (column), nothing within its own fold.

    Held-out rows follow from one inverse for all folds, by its blocks. All 0 where no column varies.
    """
    n, ranked = len(columns), ranks(columns).astype(np.float64)
    if not ranked.size:
        return np.zeros((n, n), np.float32)
    ranked -= ranked.mean(axis=0)
    length = np.square(ranked).sum(axis=1)
    distance = np.sqrt(np.maximum(length[:, None] + length[None, :] - 2 * ranked @ ranked.T, 0))
    kernel = np.exp(distance / (-_WIDTH * distance.mean()))
    kernel[np.diag_indices(n)] += _RIDGE
    inverse = np.linalg.inv(kernel)
    weights = np.zeros((n, n))
    for fold in np.unique(folds):
        inside, outside = folds == fold, folds != fold
        weights[np.ix_(inside, outside)] = -np.linalg.solve(inverse[np.ix_(inside, inside)], inverse[np.ix_(inside, outside)])
    found: FloatArray = weights.astype(np.float32)
    return found


def ranks(columns: FloatArray) -> FloatArray:
    """Each value as the share of photos below it, equals in the middle of theirs; columns that never vary left out."""
    varying = columns[:, np.ptp(columns, axis=0) > 0] if len(columns) else columns
    found = np.empty(varying.shape, np.float32)
    for j, column in enumerate(varying.T):
        _, position, count = np.unique(column, return_inverse=True, return_counts=True)
        found[:, j] = ((np.cumsum(count) - count / 2) / len(column))[position]
    return found


def interval(right: npt.NDArray[np.bool_], labels: IntArray, units: IntArray) -> tuple[float, float]:
    """The 95 % interval of the balanced accuracy, by its posterior under Jeffreys' prior for each class's recall.

    Photos of one unit count as one. Unlike a bootstrap it does not shrink to a point where every photo is right. Source:
    K. Brodersen and others, The balanced accuracy and its posterior distribution, ICPR 2010.
    """
    random = np.random.default_rng(0)
    recalls = []
    for label in np.unique(labels):
        own = labels == label
        number = len(np.unique(units[own]))
        hits = right[own].mean() * number
        recalls.append(random.beta(hits + 0.5, number - hits + 0.5, 4000))
    low, high = np.quantile(np.mean(recalls, axis=0), (0.025, 0.975))
    return float(low), float(high)


def lead(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_], labels: IntArray, units: IntArray) -> tuple[float, float]:
    """How far the balanced accuracy of `one` (n,) is above that of `other` on the same photos, and its lower bound.

    The bound is the end of the 97 % interval by McNemar's variance over units: three comparisons err in 5 of 100 sets.
    """
    weight = 1 / np.bincount(labels)[labels] / (int(labels.max()) + 1)
    gains = np.bincount(units, weights=weight * (one.astype(float) - other))
    return float(gains.sum()), float(gains.sum() - _Z_THREE * np.sqrt(np.square(gains).sum()))


def _shuffled(labels: IntArray, units: IntArray, folds: IntArray, draws: int) -> IntArray:
    """(draws, n): labels that changed place among the units of each fold."""
    first, position = np.unique(units, return_index=True, return_inverse=True)[1:]
    own, fold = labels[first], folds[first]
    home = np.argsort(fold, kind="stable")
    order = np.argsort(fold + np.random.default_rng(0).random((draws, len(first))), axis=1)
    moved = np.empty((draws, len(first)), np.int64)
    moved[:, home] = own[order]
    return moved[:, position]


def _predict(weights: FloatArray, labellings: IntArray, folds: IntArray) -> IntArray:
    """(m, n): the class of each photo under each of m labellings (m, n), every class as likely as any other beforehand."""
    n, k = len(weights), int(labellings.max()) + 1
    parts = np.unique(folds)
    learned_from = (folds[None, :] != parts[:, None]).astype(np.float32)  # (parts, n)
    predicted = np.zeros_like(labellings)
    step = max(1, _COLUMNS_AT_ONCE // k)
    for start in range(0, len(labellings), step):
        given = labellings[start : start + step].T  # (n, m)
        members = (given[:, None, :] == np.arange(k)[:, None]).astype(np.float32).reshape(n, -1)  # (n, k * m)
        priors = np.maximum(learned_from @ members, 1e-6)  # (parts, k * m)
        scores = (weights @ members) / priors[np.searchsorted(parts, folds)]
        predicted[start : start + step] = scores.reshape(n, k, -1).argmax(axis=1).T
    return predicted


def _balanced_accuracy(predicted: IntArray, labellings: IntArray) -> Floats:
    """(m,): the mean recall under each labelling."""
    k = int(labellings.max()) + 1
    cell = labellings + k * np.arange(len(labellings))[:, None]
    total = np.bincount(cell.ravel(), minlength=k * len(labellings))
    hits = np.bincount(cell.ravel(), weights=(predicted == labellings).ravel(), minlength=k * len(labellings))
    recalls = (hits / np.maximum(total, 1)).reshape(len(labellings), k)
    found: Floats = recalls.sum(axis=1) / np.maximum((total > 0).reshape(len(labellings), k).sum(axis=1), 1)
    return found
