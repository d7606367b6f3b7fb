"""The learning rate of each step."""

from __future__ import annotations

import math

from kenali.training.choices import Optimiser

_RISE = 0.25  # the share of a one-cycle run in which the learning rate rises, and
_FLOOR = 0.04  # the share of its peak that it rises from (Smith and Topin 2018)


def learning_rate(optimiser: Optimiser, step: int, steps: int, epochs: int) -> float:
    """The learning rate of a step, counted from 0, in a run of `epochs` epochs of `steps` steps."""
    rate = optimiser.learning_rate * _share(optimiser, step, steps, epochs)
    warm_up = optimiser.warm_up * steps
    return rate * (step + 1) / warm_up if step + 1 < warm_up else rate


def _share(optimiser: Optimiser, step: int, steps: int, epochs: int) -> float:
    """The share of the full learning rate, warm-up aside."""
    progress = step / max(1, steps * epochs)
    match optimiser.schedule:
        case "time":
            return 1 / (1 + optimiser.decay * step)
        case "step":
            return float(optimiser.step_factor ** (step // max(1, steps) // optimiser.step_epochs))
        case "cosine":
            return _half_cosine(progress)
        case "one-cycle":
            if progress < _RISE:
                return _FLOOR + (1 - _FLOOR) * (1 - _half_cosine(progress / _RISE))
            return _half_cosine((progress - _RISE) / (1 - _RISE))
        case _:
            return 1.0


def _half_cosine(share: float) -> float:
    """From 1 to 0 along half a cosine."""
    return 0.5 * (1 + math.cos(math.pi * share))
