"""What more photos would bring: a power law through the errors of a learning curve, with the uncertainty of its fit.

Test errors of classifiers fall with the number n of training photos about as a * n^-b + c (Cortes and others 1993; Hestness
and others 2017). The law is fitted to the mean errors by weighted least squares, over a grid of exponents, with a and c at
least 0. The uncertainty comes from a bootstrap that draws seeds, and within each seed test photos, the same for all
amounts, from the seed's own and two made up, one always right and one always wrong (after Agresti and Coull 1998), for
without them a few photos named perfectly would promise perfection. It covers the fit, not the assumption that the law goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kenali.study.cell import Figures

Floats = npt.NDArray[np.float64]

FACTORS = (2.0, 4.0, 10.0)
_EXPONENTS = np.linspace(0.1, 2.0, 39)
_DRAWS = 1000
_POINTS = 60


@dataclass(frozen=True, slots=True)
class Forecast:
    """The accuracy expected with `factor` times the photos, which are `photos` a class, and its 95 % range."""

    factor: float
    photos: float
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """A fitted law: `forecasts` for more photos, and the curve (photos a class, accuracy, low, high) for a plot.

    `gain` is what twice the photos would add to the fitted accuracy, with its 95 % range.
    """

    forecasts: tuple[Forecast, ...]
    curve: tuple[tuple[float, float, float, float], ...]
    gain: tuple[float, float, float]


def extrapolate(amounts: Sequence[float], by_seed: Sequence[Sequence[Figures]], seed: int = 0) -> Extrapolation | None:
    """Fit the law to cells `by_seed[s][j]`, trained on `amounts[j]` photos a class; None for fewer than three amounts."""
    sizes = np.asarray(amounts, float)
    if len(sizes) < 3 or not by_seed:
        return None
    wrong = [_answers(cells) for cells in by_seed]  # one (amounts, photos) a seed
    draws = np.random.default_rng(seed)
    measured = np.mean([answers.mean(axis=1) for answers in wrong], axis=0)
    seeds = draws.multinomial(len(wrong), np.full(len(wrong), 1 / len(wrong)), size=_DRAWS) / len(wrong)  # (draws, seeds)
    resampled = np.zeros((_DRAWS, len(sizes)))
    for share, answers in zip(seeds.T, wrong, strict=True):
        answers = np.column_stack([answers, np.zeros(len(sizes)), np.ones(len(sizes))])
        photos = answers.shape[1]
        counts = draws.multinomial(photos, np.full(photos, 1 / photos), size=_DRAWS)  # (draws, photos)
        resampled += share[:, None] * (counts @ answers.T) / photos
    trials = float(np.mean([answers.shape[1] for answers in wrong]))
    errors = np.vstack([measured, resampled])  # the measured ones first
    law = _fit(sizes, errors, trials)
    most = sizes.max()
    forecasts = tuple(_forecast(law, factor, factor * most) for factor in FACTORS)
    curve = tuple((x, *_range(law, x)) for x in np.geomspace(sizes.min(), FACTORS[-1] * most, _POINTS).tolist())
    gains = _accuracy(law, 2 * most) - _accuracy(law, most)
    low, high = np.quantile(gains[1:], [0.025, 0.975]).tolist()
    return Extrapolation(forecasts, curve, (float(gains[0]), low, high))


def _answers(cells: Sequence[Figures]) -> Floats:
    """1 for each wrong answer: (amounts, photos), photos in one order."""
    photos = cells[0]["tested"]
    return np.array([np.isin(photos, one["wrong"]) for one in cells], float)


def _fit(sizes: Floats, errors: Floats, trials: float) -> tuple[Floats, Floats, Floats]:
    """a, b and c, each (draws,), of the least weighted squares for errors (draws, amounts).

    An error's weight is the inverse of its binomial variance, from a share that is never 0 or 1.
    """
    share = (errors * trials + 0.5) / (trials + 1)
    weights = 1 / (share * (1 - share))
    best = np.full(len(errors), np.inf)
    a, b, c = (np.zeros(len(errors)) for _ in range(3))
    for exponent in _EXPONENTS:
        x = sizes**-exponent
        total, wx, wxx = weights.sum(axis=1), weights @ x, weights @ x**2
        we, wxe = (weights * errors).sum(axis=1), (weights * errors) @ x
        slope = (total * wxe - wx * we) / (total * wxx - wx**2)
        floor = (we - slope * wx) / total
        slope, floor = np.where(floor < 0, wxe / wxx, slope), np.maximum(floor, 0)
        slope, floor = np.where(slope < 0, 0.0, slope), np.where(slope < 0, we / total, floor)
        loss = (weights * (errors - slope[:, None] * x - floor[:, None]) ** 2).sum(axis=1)
        better = loss < best
        best = np.where(better, loss, best)
        a, b, c = np.where(better, slope, a), np.where(better, exponent, b), np.where(better, floor, c)
    return a, b, c


def _accuracy(law: tuple[Floats, Floats, Floats], size: float) -> Floats:
    a, b, c = law
    accuracy: Floats = 1 - np.clip(a * size**-b + c, 0, 1)
    return accuracy


def _range(law: tuple[Floats, Floats, Floats], size: float) -> tuple[float, float, float]:
    found = _accuracy(law, size)
    low, high = np.quantile(found[1:], [0.025, 0.975]).tolist()
    return float(found[0]), min(low, float(found[0])), max(high, float(found[0]))


def _forecast(law: tuple[Floats, Floats, Floats], factor: float, photos: float) -> Forecast:
    return Forecast(factor, photos, *_range(law, photos))
