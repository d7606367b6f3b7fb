"""What the report shows of calibration and of photos that are called unknown."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from kenali.evaluation.content import ReportContent
from kenali.evaluation.figures import PLOT, Dot, reliability_dots
from kenali.evaluation.rejection import risk_coverage

_MOST_POINTS = 400  # of a curve; more are not seen


@dataclass(frozen=True, slots=True)
class RiskCurve:
    """The risk-coverage curve and the point that the limits choose, in SVG units; `y_ticks` are (position, share)."""

    points: tuple[tuple[float, float], ...]
    chosen: tuple[float, float] | None
    y_ticks: tuple[tuple[float, float], ...]


def doubt_values(content: ReportContent) -> dict[str, Any]:
    """What the templates fill in."""
    found = content.calibration
    plots: tuple[tuple[str, tuple[Dot, ...]], ...] = ()
    if found is not None:
        plots = (("calibration_before", reliability_dots(found.before)), ("calibration_after", reliability_dots(found.after)))
    return {
        "calibration": found,
        "calibration_plots": plots,
        "rejection": content.rejection,
        "sets": content.sets,
        "strangers": content.strangers,
        "risk": _risk_curve(content) if content.rejection is not None else None,
    }


def _risk_curve(content: ReportContent) -> RiskCurve | None:
    """None where there is nothing to draw: fewer than two points, or no mistake at all."""
    if content.predictions is None or content.rejection is None:
        return None
    curve = risk_coverage(content.predictions, content.labels)
    curve = curve[:: max(1, len(curve) // _MOST_POINTS)] + curve[-1:]
    top = max((risk for _, risk in curve), default=0.0)
    if len(curve) < 2 or not top:
        return None
    top = ceil(top * 20) / 20

    def place(share: float, risk: float) -> tuple[float, float]:
        return PLOT.left + PLOT.width * share, PLOT.top + PLOT.height * (1 - min(risk / top, 1))

    answered, rest = 1 - content.rejection.rejected.value, content.rejection.accuracy_of_rest
    return RiskCurve(
        points=tuple(place(share, risk) for share, risk in curve),
        chosen=place(answered, 1 - rest.value) if rest.n else None,
        y_ticks=tuple((place(0, part * top)[1], part * top) for part in (0.0, 0.5, 1.0)),
    )
