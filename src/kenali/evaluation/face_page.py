"""The page of `kenali faces threshold`."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path

import numpy as np

from kenali.evaluation.face_comparisons import Floats
from kenali.evaluation.face_thresholds import Curves, FittedThreshold
from kenali.evaluation.figures import PLOT
from kenali.evaluation.page import template_environment
from kenali.evaluation.words import Words
from kenali.faces.thresholds import Operating
from kenali.files import write_atomically

Points = tuple[tuple[float, float], ...]

_TICKS = (1.0, 0.1, 0.01, 0.001, 0.0001)


@dataclass(frozen=True, slots=True)
class RatePlot:
    """FAR and FRR against the distance, in SVG units: lines, the outlines of their bands, ticks, the threshold's place.

    Rates stand on a logarithmic axis, for what matters of a FAR is its order of magnitude.
    """

    far: Points
    far_band: Points
    frr: Points
    frr_band: Points
    x_ticks: tuple[tuple[float, float], ...]
    y_ticks: tuple[tuple[float, float], ...]
    threshold: float
    wished: float


def rate_plot(curves: Curves, operating: Operating, wished: float) -> RatePlot:
    """The plot of FAR and FRR over the distances that occur, with the threshold and the wished rate marked."""
    least = min(0.01, wished / 10)
    lowest = next(tick for tick in _TICKS if tick <= least or tick == _TICKS[-1])
    left, right = floor(10 * float(curves.thresholds[0])) / 10, ceil(10 * float(curves.thresholds[-1])) / 10

    def across(x: float) -> float:
        return PLOT.left + PLOT.width * (x - left) / (right - left)

    def up(rate: float) -> float:
        return PLOT.top + PLOT.height * log10(max(rate, lowest)) / log10(lowest)

    def line(rates: Floats) -> Points:
        return tuple((across(x), up(y)) for x, y in zip(curves.thresholds.tolist(), rates.tolist(), strict=True))

    steps = np.round(np.arange(left, right + 0.05, 0.2 if right - left > 0.9 else 0.1), 1).tolist()
    return RatePlot(
        far=line(curves.far[0]),
        far_band=(*line(curves.far[1]), *reversed(line(curves.far[2]))),
        frr=line(curves.frr[0]),
        frr_band=(*line(curves.frr[1]), *reversed(line(curves.frr[2]))),
        x_ticks=tuple((across(x), x) for x in steps),
        y_ticks=tuple((up(tick), tick) for tick in _TICKS if tick >= lowest),
        threshold=across(operating.threshold),
        wished=up(wished),
    )


def threshold_page(fitted: FittedThreshold, words: Words) -> str:
    """The page: what the threshold is, what it does, how sure that is, and for whom."""
    record = fitted.record
    uses = [
        ("identify", record.identify, fitted.identify),
        ("verify", record.verify, fitted.verify),
    ]
    page: str = (
        template_environment(words)
        .get_template("threshold.html.j2")
        .render(
            record=record,
            uses=[(name, operating, curves, rate_plot(curves, operating, record.far)) for name, operating, curves in uses],
            groups=fitted.groups,
            uneven=_uneven(fitted),
            wide=max(record.identify.far.high, record.verify.far.high) > 5 * record.far,
            drawn=fitted.drawn,
        )
    )
    return page


def write_threshold_page(path: Path, fitted: FittedThreshold, language: str) -> None:
    """Write the page in `language`; KenaliError for one that is not known."""
    write_atomically(path, threshold_page(fitted, Words(language)))


def _uneven(fitted: FittedThreshold) -> tuple[str, ...]:
    """The groups whose rate of false acceptances lies, with its whole interval, above that of all."""
    overall = fitted.record.identify.far.value
    return tuple(group.name for group in fitted.groups if group.far.low > overall)
