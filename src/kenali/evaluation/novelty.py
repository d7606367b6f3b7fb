"""Which photos stand for what a model knows, and how novel held-out photos look beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kenali.bundle.novelty import Prototypes, from_similarity, unit_length
from kenali.types import FloatArray, IntArray

MOST_PROTOTYPES = 1000
"""More would cost time and bytes in every runtime."""

_ROWS = 4096  # scored at once, so that memory stays flat


def exemplars(labels: IntArray) -> IntArray:
    """Rows of the photos that serve as prototypes: all of them, or an even share of each class, always the same."""
    if len(labels) <= MOST_PROTOTYPES:
        return np.arange(len(labels))
    order = np.random.default_rng(0).permutation(len(labels))
    place = np.empty(len(labels))  # of each photo within its class, 0..1
    for label in np.unique(labels):
        own = order[labels[order] == label]
        place[own] = (np.arange(len(own)) + 0.5) / len(own)
    rows: IntArray = np.sort(np.argsort(place, kind="stable")[:MOST_PROTOTYPES])
    return rows


def fit_prototypes(features: FloatArray, labels: IntArray) -> Prototypes:
    """Prototypes from the features (n, d) of photos that were learned from."""
    return Prototypes(unit_length(features[exemplars(labels)]))


def held_out_novelty(features: FloatArray, labels: IntArray, groups: Sequence[str]) -> FloatArray:
    """Novelty (n,) of each photo beside the prototypes of the other groups, for features (n, d) that no photo shaped.

    Nothing is fitted but the prototypes themselves, so each group can be left out alone: the others are then as many as a
    new photo will meet. A photo all of whose neighbours are of its own group is as novel as can be.
    """
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    known, unit = exemplars(labels), unit_length(features)
    prototypes = unit[known]
    novelty = np.empty(len(unit), np.float32)
    for start in range(0, len(unit), _ROWS):
        rows = slice(start, start + _ROWS)
        cosines = unit[rows] @ prototypes.T
        cosines[group[rows, None] == group[known]] = -1
        novelty[rows] = from_similarity(cosines, min(3, len(known)))
    return novelty


def auroc(inside: FloatArray, outside: FloatArray) -> float:
    """How often a stranger is more novel than a known photo, equal scores counting half; both are 1-D."""
    ordered = np.sort(inside)
    below = np.searchsorted(ordered, outside, side="left") + np.searchsorted(ordered, outside, side="right")
    return float(below.mean() / (2 * len(inside)))
