"""Answers to photos that the answering model had not learned from: what every threshold is fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kenali.evaluation.calibration import temperature
from kenali.network import softmax
from kenali.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Held-out photos with what was answered: `logits` (n, k) as the network gives them, `labels` (n,).

    `heat` (n,) is the temperature for each photo's logits that photos of other folds chose, `temperature` the one that all
    of them chose, for the model that ships. `novelty` (n,) was scored beside photos of other groups alone.
    """

    logits: FloatArray
    labels: IntArray
    heat: FloatArray
    temperature: float
    novelty: FloatArray

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def probs(self) -> FloatArray:
        """Calibrated probabilities (n, k), where no photo helped to choose its own temperature."""
        return softmax(self.logits / self.heat[:, None])


def hold_out(logits: FloatArray, labels: IntArray, novelty: FloatArray, fold: IntArray) -> HeldOut:
    """Answers to held-out photos with their temperatures; `fold` (n,) divides them for that, groups whole."""
    heat = np.ones(len(labels), np.float32)
    for one in np.unique(fold):
        here = fold == one
        if not here.all():
            heat[here] = temperature(logits[~here], labels[~here])
    return HeldOut(logits, labels, heat, temperature(logits, labels), novelty)
