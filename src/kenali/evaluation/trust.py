"""How a model's answers are to be read: temperature, limits and sets, all fitted on the same held-out photos."""

from __future__ import annotations

from dataclasses import dataclass

from kenali.doubt import NO_LIMITS, Limits
from kenali.evaluation.calibration import CalibrationScore, calibration_score
from kenali.evaluation.conformal import SetScore, least_probability, set_score
from kenali.evaluation.held_out import HeldOut
from kenali.evaluation.rejection import RATES, Rejection, fit_limits, rejection
from kenali.network import softmax
from kenali.types import FloatArray, IntArray, Predictions

FEWEST = 20
"""Held-out photos below which nothing is fitted: one of them alone would be the limit for 5 %."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What was fitted on `held_out` photos; with none of them, probabilities stay as they are and nothing is unknown.

    `limits` each turn away the share `reject` of such photos, `choices` are those for other shares. A class belongs to a
    photo's prediction set from probability `least` (None without sets), which holds the truth with `coverage`.
    """

    held_out: int = 0
    calibration: CalibrationScore | None = None
    reject: float = 0.0
    limits: Limits = NO_LIMITS
    choices: tuple[tuple[float, Limits], ...] = ()
    coverage: float = 0.0
    least: float | None = None

    @property
    def temperature(self) -> float:
        return self.calibration.temperature if self.calibration else 1.0

    def predictions(self, logits: FloatArray, class_names: tuple[str, ...], novelty: FloatArray | None) -> Predictions:
        """What the bundle answers where its network gives these logits (n, k) and novelty (n,)."""
        return Predictions(softmax(logits, self.temperature), class_names, novelty, self.limits)

    def rejection(self, predictions: Predictions, labels: IntArray) -> Rejection | None:
        """What the limits do on labelled photos; None where there are no limits or no photos."""
        if not self.held_out or not self.reject or not len(labels):
            return None
        return rejection(predictions, labels, self.reject, self.held_out)

    def set_score(self, predictions: Predictions, labels: IntArray) -> SetScore | None:
        """How prediction sets do on labelled photos; None where there are no sets or no photos."""
        if self.least is None or not len(labels):
            return None
        return set_score(predictions.probs, labels, self.least, self.coverage)


def fit_trust(held_out: HeldOut | None, reject: float, coverage: float) -> Trust:
    """Fit everything on held-out photos: limits for the share `reject`, sets with `coverage` (0: none)."""
    if held_out is None or len(held_out) < FEWEST:
        return Trust()
    probs = held_out.probs
    rates = sorted({*RATES, reject} - {0.0})
    confidence = probs.max(axis=1)
    return Trust(
        held_out=len(held_out),
        calibration=calibration_score(softmax(held_out.logits), probs, held_out.labels, held_out.temperature),
        reject=reject,
        limits=fit_limits(confidence, held_out.novelty, reject),
        choices=tuple((rate, fit_limits(confidence, held_out.novelty, rate)) for rate in rates),
        coverage=coverage,
        least=least_probability(probs, held_out.labels, coverage) if coverage else None,
    )
