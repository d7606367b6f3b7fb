"""Confidence that can be taken at its word: one temperature for all logits, fitted on held-out photos.

Of what `benchmarks/calibration.py` compares (a temperature, one scale and offset a class, isotonic regression) it is the
simplest; it changes no answer, and runtimes need one division for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi

import numpy as np

from kenali.evaluation.metrics import ECE_BINS, Probs, ReliabilityBin, reliability, score
from kenali.network import softmax
from kenali.types import FloatArray, IntArray

_COLDEST, _HOTTEST = 0.05, 20.0
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class CalibrationScore:
    """What a temperature did on `n` held-out photos; each was judged with a temperature that the other folds chose.

    `ece` and `brier` are pairs (before, after); `chance` is the ECE that perfect confidence would show on so few photos.
    """

    temperature: float
    n: int
    ece: tuple[float, float]
    brier: tuple[float, float]
    chance: float
    before: tuple[ReliabilityBin, ...]
    after: tuple[ReliabilityBin, ...]


def temperature(logits: FloatArray, labels: IntArray) -> float:
    """What to divide logits (n, k) by for the least log-loss (Guo and others 2017), between 1/20 and 20.

    The truth counts as (n + 1) / (n + 2) sure, the rule of succession that Platt (1999) uses: so even photos that were all
    named right do not make the model certain of everything.
    """
    n, k = logits.shape
    wide = logits.astype(np.float64)
    sure = (n + 1) / (n + 2)
    target = np.full((n, k), (1 - sure) / max(k - 1, 1))
    target[np.arange(n), labels] = sure
    wanted = (target * wide).sum()

    def too_cold(heat: float) -> bool:
        """Whether the log-loss still falls as the temperature rises; it has one minimum."""
        return bool((softmax(logits, heat) * wide).sum() > wanted)

    low, high = log(_COLDEST), log(_HOTTEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if too_cold(float(np.exp(middle))) else (low, middle)
    return float(np.exp(high))


def calibration_score(raw: Probs, set_right: Probs, labels: IntArray, temperature: float) -> CalibrationScore:
    """What `temperature` is worth: held-out probabilities (n, k) before, and after with temperatures of other folds."""
    class_names = [str(label) for label in range(raw.shape[1])]
    before, after = (score(probs, labels, class_names) for probs in (raw, set_right))
    return CalibrationScore(
        temperature=temperature,
        n=len(labels),
        ece=(before.ece, after.ece),
        brier=(before.brier, after.brier),
        chance=chance_ece(set_right),
        before=reliability(raw, labels),
        after=reliability(set_right, labels),
    )


def chance_ece(probs: Probs) -> float:
    """The ECE to expect of perfect confidence on as many photos with these probabilities (n, k).

    In each bin the number of right answers scatters around its mean; what remains of the gap is that scatter, taken as
    normal.
    """
    if not len(probs):
        return 0.0
    sure = np.asarray(probs, np.float64).max(axis=1)
    which = np.clip(np.ceil(sure * ECE_BINS).astype(np.int64) - 1, 0, ECE_BINS - 1)
    variance = np.bincount(which, weights=sure * (1 - sure), minlength=ECE_BINS)
    return float(np.sqrt(2 / pi * variance.clip(min=0)).sum() / len(sure))
