"""Prediction sets: instead of one class, all classes that cannot be excluded, so that the truth is among them as often as said.

Least ambiguous sets (M. Sadinle, J. Lei and L. Wasserman, J. Am. Stat. Assoc. 114 (2019) 223-234), their limit from
cross-validated probabilities (V. Vovk, Ann. Math. Artif. Intell. 74 (2015) 9-28).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kenali.doubt import prediction_sets
from kenali.evaluation.metrics import wilson
from kenali.types import FloatArray, IntArray, Proportion


@dataclass(frozen=True, slots=True)
class SetScore:
    """How sets that were to hold the truth with `coverage` did on labelled photos: how often they did, and how large they are.

    `least` is the probability from which a class belongs to a set, `single` the share of sets of one class.
    """

    coverage: float
    least: float
    covered: Proportion
    mean_size: float
    single: Proportion


def least_probability(probs: FloatArray, labels: IntArray, coverage: float) -> float:
    """The probability from which a class belongs to a photo's set, for sets that hold the truth with `coverage`.

    `probs` (n, k) are those of held-out photos with `labels` (n,). 0, so that every class belongs to every set, where the
    photos are too few to promise it.
    """
    own = np.sort(probs[np.arange(len(labels)), labels])
    left_out = int(np.floor((1 - coverage) * (len(own) + 1) + 1e-9))
    return float(own[left_out - 1]) if left_out else 0.0


def set_score(probs: FloatArray, labels: IntArray, least: float, coverage: float) -> SetScore:
    """How sets with the limit `least` do on photos with these labels (n,)."""
    sets = prediction_sets(probs, least)
    sizes = sets.sum(axis=1)
    return SetScore(
        coverage=coverage,
        least=least,
        covered=wilson(int(sets[np.arange(len(labels)), labels].sum()), len(labels)),
        mean_size=float(sizes.mean()) if len(sizes) else 0.0,
        single=wilson(int((sizes == 1).sum()), len(sizes)),
    )
