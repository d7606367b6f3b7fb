"""Where the marks of the report's figures go: plain coordinates that the templates draw as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, cos, floor, log10, pi, sin, sqrt

from kenali.evaluation.metrics import ReliabilityBin
from kenali.types import EpochEnd

PIE_SLICES = 9
MANY_POINTS = 12
"""A curve of more shows no dots, and its logarithmic axis names powers of ten."""

_PIE_RADIUS = 100.0


@dataclass(frozen=True, slots=True)
class PlotArea:
    """Where the axes of a plot lie, in SVG units, and the strip below them that holds a histogram."""

    left: int = 54
    top: int = 12
    width: int = 280
    height: int = 240
    histogram_height: int = 36
    histogram_bottom: int = 298


PLOT = PlotArea()


@dataclass(frozen=True, slots=True)
class Slice:
    """One piece of the pie: its SVG path, the style of its colour (`s0`..`s8`, or `rest`) and what it stands for."""

    path: str
    style: str
    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Dot:
    """One bin of the reliability plot, in SVG units; `bar_top` and `bar_left` place its bar in the histogram."""

    x: float
    y: float
    y_low: float
    y_high: float
    radius: float
    bar_left: float
    bar_top: float
    bin: ReliabilityBin


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of points (x, y) in SVG units, its ticks (position, value), and the dots (x, y, radius) on it.

    The largest dot marks the lowest point, whose x value is `best`.
    """

    points: tuple[tuple[float, float], ...]
    marks: tuple[tuple[float, float, int], ...]
    x_ticks: tuple[tuple[float, float], ...]
    y_ticks: tuple[tuple[float, float], ...]
    best: float


@dataclass(frozen=True, slots=True)
class Lines:
    """What `name` (`loss`, `accuracy`) was in each epoch: points and ticks in SVG units; validation may be empty."""

    name: str
    training: tuple[tuple[float, float], ...]
    validation: tuple[tuple[float, float], ...]
    x_ticks: tuple[tuple[float, int], ...]
    y_ticks: tuple[tuple[float, float], ...]


def pie(counts: Mapping[str, int], others: str) -> tuple[Slice, ...]:
    """Slices for the classes that have photos, largest first, clockwise from the top.

    Beyond nine classes the smaller ones share one slice called `others`.
    """
    total = sum(counts.values())
    ranked = sorted(((name, count) for name, count in counts.items() if count), key=lambda item: -item[1])
    shown = ranked if len(ranked) <= PIE_SLICES else ranked[: PIE_SLICES - 1]
    pieces = [(f"s{j}", name, count) for j, (name, count) in enumerate(shown)]
    if gathered := ranked[len(shown) :]:
        pieces.append(("rest", others, sum(count for _, count in gathered)))
    slices, begun = [], 0
    for style, name, count in pieces:
        path = _wedge(begun / total, (begun + count) / total)
        slices.append(Slice(path, style, name, count, count / total))
        begun += count
    return tuple(slices)


def reliability_dots(bins: Sequence[ReliabilityBin]) -> tuple[Dot, ...]:
    """The bins as dots, whose area grows with the number of photos, and bars of a histogram below."""
    most = max((one.accuracy.n for one in bins), default=1)
    return tuple(
        Dot(
            x=PLOT.left + PLOT.width * one.confidence,
            y=_height(one.accuracy.value),
            y_low=_height(one.accuracy.low),
            y_high=_height(one.accuracy.high),
            radius=2.5 + 4.5 * sqrt(one.accuracy.n / most),
            bar_left=PLOT.left + PLOT.width * one.low,
            bar_top=PLOT.histogram_bottom - PLOT.histogram_height * one.accuracy.n / most,
            bin=one,
        )
        for one in bins
    )


def strength_curve(strengths: Iterable[tuple[float, float]]) -> Curve | None:
    """(strength, log-loss) pairs on a logarithmic x axis; None for fewer than two, which need no figure."""
    pairs = sorted(strengths)
    if len(pairs) < 2:
        return None
    xs, ys = [log10(strength) for strength, _ in pairs], [loss for _, loss in pairs]
    low, high = min(ys), max(ys)
    margin = 0.08 * (high - low) or 0.5
    bottom, top = low - margin, high + margin

    def across(x: float) -> float:
        return PLOT.left + 10 + (PLOT.width - 20) * (x - xs[0]) / (xs[-1] - xs[0] or 1)

    def up(y: float) -> float:
        return PLOT.top + PLOT.height * (1 - (y - bottom) / (top - bottom))

    many, lowest = len(pairs) > MANY_POINTS, ys.index(low)
    decades = [10.0**power for power in range(ceil(xs[0]), floor(xs[-1]) + 1)]
    named = decades if many else [strength for strength, _ in pairs]
    points = tuple((across(x), up(y)) for x, y in zip(xs, ys, strict=True))
    return Curve(
        points=points,
        marks=tuple((*point, 6 if j == lowest else 3) for j, point in enumerate(points) if j == lowest or not many),
        x_ticks=tuple((across(log10(value)), value) for value in named),
        y_ticks=tuple((up(y), y) for y in (low, (low + high) / 2, high)),
        best=pairs[lowest][0],
    )


def learning_curves(history: Sequence[EpochEnd]) -> tuple[Lines, ...]:
    """Loss and accuracy of each epoch, for training and validation; none for fewer than two epochs."""
    if len(history) < 2:
        return ()
    loss = [(one.train_loss, one.val_loss) for one in history]
    accuracy = [(one.train_accuracy, one.val_accuracy) for one in history]
    most = max(value for pair in loss for value in pair if value is not None)
    return _lines("loss", loss, most or 1.0), _lines("accuracy", accuracy, 1.0)


def _lines(name: str, pairs: Sequence[tuple[float, float | None]], top: float) -> Lines:
    last = len(pairs)

    def across(epoch: int) -> float:
        return PLOT.left + PLOT.width * (epoch - 1) / (last - 1)

    def place(values: Iterable[float | None]) -> tuple[tuple[float, float], ...]:
        return tuple((across(n), _height(value / top)) for n, value in enumerate(values, start=1) if value is not None)

    every = -(-last // 6)
    return Lines(
        name=name,
        training=place(train for train, _ in pairs),
        validation=place(val for _, val in pairs),
        x_ticks=tuple((across(epoch), epoch) for epoch in range(1, last + 1, every)),
        y_ticks=tuple((_height(share), share * top) for share in (0.0, 0.5, 1.0)),
    )


def _height(share: float) -> float:
    return PLOT.top + PLOT.height * (1 - share)


def _wedge(begin: float, end: float) -> str:
    """The SVG path of a slice between two shares of the circle around (0, 0)."""
    r = _PIE_RADIUS
    if end - begin > 0.9999:
        return f"M0 {-r}A{r} {r} 0 1 1 0 {r}A{r} {r} 0 1 1 0 {-r}Z"
    x1, y1 = r * sin(2 * pi * begin), -r * cos(2 * pi * begin)
    x2, y2 = r * sin(2 * pi * end), -r * cos(2 * pi * end)
    return f"M0 0L{x1:.2f} {y1:.2f}A{r} {r} 0 {int(end - begin > 0.5)} 1 {x2:.2f} {y2:.2f}Z"
