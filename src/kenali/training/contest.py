"""Is the fine-tuned model better? How the time is divided to find out, and how the two are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kenali.evaluation import temperature, wilson
from kenali.evaluation.paired import bootstrap
from kenali.network import softmax
from kenali.types import Contest, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Plan:
    """Train `epochs` epochs without each of `folds` of `of` parts in turn; and, if that paid, once more on everything."""

    folds: int
    of: int
    refit: bool
    epochs: int


_PLANS = (
    (Plan(3, 3, True, 12), 3.0),  # every photo is judged once
    (Plan(1, 4, True, 12), 1.75),
    (Plan(1, 5, False, 1), 0.8),  # the model that was judged ships itself
)
"""Ways to spend the budget, the most telling first: with the fewest epochs worth it, and its cost in epochs of all photos."""


def plan(epoch_s: float, budget_s: float, most_epochs: int) -> Plan | None:
    """The most telling way that fits, where one epoch over all photos takes `epoch_s`; None where none does."""
    for way, cost in _PLANS:
        epochs = min(most_epochs, int(budget_s / (epoch_s * cost)))
        if epochs >= min(way.epochs, most_epochs):
            return Plan(way.folds, way.of, way.refit, epochs)
    return None


def decide(
    frozen: FloatArray, tuned: Mapping[float, FloatArray], labels: IntArray, groups: npt.NDArray[np.str_], plan: Plan
) -> tuple[Contest, FloatArray]:
    """Judge held-out logits (n, k) of the fast path against those of each blend of both networks' weights.

    The blend with the least calibrated log-loss stands for fine-tuning: of some sixty photos, how sure each answer is tells
    more than how many are right. It wins by a lower loss than the fast path's, without fewer right answers. The interval of
    the gain is a bootstrap over groups. Returns the contest and the blend's logits.
    """
    loss = {share: float(_calibrated(logits, labels).mean()) for share, logits in tuned.items()}
    blend = min(loss, key=loss.__getitem__)
    losses = float(_calibrated(frozen, labels).mean()), loss[blend]
    right, right_tuned = (logits.argmax(axis=1) == labels for logits in (frozen, tuned[blend]))
    wins = losses[1] < losses[0] and right_tuned.sum() >= right.sum()
    gain = right_tuned.astype(float) - right
    return (
        Contest(
            outcome="tuned" if wins else "frozen",
            frozen=wilson(int(right.sum()), len(labels)),
            tuned=wilson(int(right_tuned.sum()), len(labels)),
            gain=(float(gain.mean()), *bootstrap(gain, groups)),
            losses=losses,
            epochs=plan.epochs,
            blend=blend,
        ),
        tuned[blend],
    )


def _losses(logits: FloatArray, labels: IntArray) -> FloatArray:
    probs = softmax(logits)[np.arange(len(labels)), labels]
    found: FloatArray = -np.log(np.maximum(probs, 1e-12))
    return found


def _calibrated(logits: FloatArray, labels: IntArray) -> FloatArray:
    return _losses(logits / temperature(logits, labels), labels)
