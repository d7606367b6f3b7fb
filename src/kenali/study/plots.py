"""The plots of the studies: one drawing, by matplotlib, for SVG and PNG."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from kenali.errors import MissingExtra
from kenali.study.findings import Findings
from kenali.study.summary import Interval, Row
from kenali.study.words import StudyWords

INK, SOFT, LINE, ACCENT, SECOND = "#1d2329", "#59636e", "#dfe3e7", "#20639b", "#d56e0c"
_CYCLE = ("#20639b", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#6b5b95", "#7a6a58")
_STYLE: dict[str, Any] = {
    "font.size": 10,
    "font.family": ["DejaVu Sans"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "text.color": INK,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "kenali",
}
_DPI = 160


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing as a file name without its ending, SVG text and PNG bytes, and what to read off it."""

    name: str
    svg: str
    png: bytes
    how: str


def require_plotting() -> None:
    """Raise MissingExtra, with the way to get it, where matplotlib is not installed."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise MissingExtra("drawing a study's plots", "study", error) from error


def plots(findings: Findings, words: StudyWords) -> tuple[Plot, ...]:
    """The plots of a study, the most telling first."""
    return drawn(lambda: _PLOTS[findings.kind](findings, words))


Drawing = tuple[str, Any, str]
"""A plot's name, its matplotlib figure, and what to read off it."""


def drawn(draw: Callable[[], Sequence[Drawing]]) -> tuple[Plot, ...]:
    """What `draw` draws, in the style of all plots."""
    import matplotlib

    with matplotlib.rc_context(_STYLE):
        return tuple(_drawn(name, figure, how) for name, figure, how in draw())


def _learning_rate(findings: Findings, words: StudyWords) -> list[Drawing]:
    figure, axes = new_figure(6.4, 3.8)
    rates = [row.key[1] or 0.0 for row in findings.rows]
    _logarithmic(axes, rates, 4)
    _dots(axes, findings.rows, rates)
    bottom = _share_axis(axes, findings.rows, words)
    for rate, row in zip(rates, findings.rows, strict=True):
        if row.diverged:
            axes.plot([rate], [bottom], marker="x", color=SECOND, markersize=9, markeredgewidth=2, clip_on=False)
            axes.annotate(words("plot_astray"), (rate, bottom), (0, 10), textcoords="offset points", ha="center", color=SECOND)
    axes.set_xticks(rates, [words.plain(rate) for rate in rates])
    axes.minorticks_off()
    axes.set_xlabel(words("plot_rate"))
    drawings = [("accuracy", figure, words("plot_accuracy_how"))]
    if any(one.get("history") for row in findings.rows for one in row.figures):
        drawings.append(("loss", _losses(findings, words), words("plot_loss_how")))
    return drawings


def _losses(findings: Findings, words: StudyWords) -> Any:
    figure, axes = new_figure(6.4, 3.8)
    for colour, row in zip(_CYCLE * len(findings.rows), findings.rows, strict=False):
        runs = [[loss for loss, _ in one.get("history", ())] for one in row.figures]
        last = max((len(run) for run in runs), default=0)
        means = [float(np.mean([run[epoch] for run in runs if len(run) > epoch])) for epoch in range(last)]
        if last:
            axes.plot(range(1, last + 1), means, color=colour, marker=".", label=findings.label(row, words))
    axes.yaxis.set_major_formatter(lambda value, _: words.plain(round(value, 6)))
    axes.xaxis.get_major_locator().set_params(integer=True)
    longest = max((len(one.get("history", ())) for row in findings.rows for one in row.figures), default=1)
    axes.set_xlim(0.5, longest + 0.5)
    axes.set_xlabel(words("plot_epoch"))
    axes.set_ylabel(words("plot_loss"))
    axes.legend(title=words("plot_rate"))
    return figure


def _data_amount(findings: Findings, words: StudyWords) -> list[Drawing]:
    figure, axes = new_figure(6.4, 4.0)
    amounts = [(row.mean("train_photos") or 0.0) / len(findings.class_names) for row in findings.rows]
    law = findings.extrapolation
    _logarithmic(axes, [*amounts, *(one.photos for one in law.forecasts)] if law else amounts, 1.3)
    _dots(axes, findings.rows, amounts, bars=law is None)
    values = _values(findings.rows)
    if law is not None:
        curve = np.array(law.curve)
        x, middle, low, high = curve.T
        known = x <= max(amounts) * 1.001
        axes.fill_between(x, low, high, color=ACCENT, alpha=0.15, linewidth=0)
        axes.plot(x[known], middle[known], color=ACCENT)
        axes.plot(x[~known], middle[~known], color=ACCENT, linestyle=(0, (4, 3)))
        values += low.tolist() + high.tolist()
    _share_axis(axes, findings.rows, words, values)
    ticks = [*amounts, *(one.photos for one in law.forecasts)] if law else amounts
    apart = [tick for tick, above in zip(ticks, [*ticks[1:], float("inf")], strict=True) if above > 1.2 * tick]
    axes.set_xticks(apart, [words.number(round(tick)) for tick in apart])
    axes.minorticks_off()
    axes.set_xlabel(words("plot_amount"))
    return [("amounts", figure, words("plot_amount_how" if law else "plot_amount_plain_how"))]


def _robustness(findings: Findings, words: StudyWords) -> list[Drawing]:
    clean, rest = findings.rows[0], findings.rows[1:]
    groups = [(code, list(rows)) for code, rows in groupby(rest, key=lambda row: row.key[0])]
    figure, axes = new_figure(8.4, 5.4, 2, -(-len(groups) // 2), sharey=True)
    for panel, (code, rows) in zip(axes.flat, groups, strict=False):
        places = np.arange(len(rows))
        panel.errorbar(places, [_mean(row) for row in rows], _errors(rows), fmt="D-", color=ACCENT, markersize=5, capsize=3)
        if clean.accuracy:
            panel.axhline(clean.accuracy.mean, color=SOFT, linestyle=(0, (4, 3)), linewidth=1)
        labels = [words.plain(row.key[1]) if row.key[1] is not None else words("label_grey") for row in rows]
        panel.set_xticks(places, labels)
        panel.set_xlim(-0.5, len(rows) - 0.5)
        panel.set_title(words(f"degraded_{code}"), fontsize=10)
    for panel in axes.flat[len(groups) :]:
        panel.set_visible(False)
    _share_axis(axes.flat[0], findings.rows, words)
    for row_of_panels in axes:
        row_of_panels[0].set_ylabel(words("plot_accuracy"))
    return [("robustness", figure, words("plot_robustness_how"))]


def _networks(findings: Findings, words: StudyWords) -> list[Drawing]:
    figure, axes = new_figure(8.4, 4.2, 1, 2, sharey=True)
    rows = [row for row in findings.rows if row.accuracy and row.mean("parameters") and row.mean("ms_a_photo")]
    for panel, (name, key) in zip(axes.flat, (("parameters", "plot_parameters"), ("ms_a_photo", "plot_ms")), strict=True):
        _logarithmic(panel, [row.mean(name) or 1.0 for row in rows], 1.6)
        for colour, row in zip(_CYCLE * len(rows), rows, strict=False):
            x = row.mean(name)
            error = _errors([row])
            panel.errorbar([x], [_mean(row)], error, fmt="D", color=colour, capsize=3, label=findings.label(row, words))
        panel.set_xlabel(words(key))
        _few_ticks(panel.xaxis, words, 1e6 if name == "parameters" else 1.0)
    _share_axis(axes.flat[0], findings.rows, words)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return [("networks", figure, words("plot_networks_how"))]


def _compared(findings: Findings, words: StudyWords) -> list[Drawing]:
    """Dots and differences, one line a setting."""
    names = [findings.label(row, words) for row in findings.rows]
    places = np.arange(len(names))[::-1]
    figure, axes = new_figure(7.2, 1.5 + 0.5 * len(names))
    for place, row in zip(places, findings.rows, strict=True):
        values = [one["accuracy"] for one in row.figures if "accuracy" in one]
        axes.plot(values, [place + 0.18] * len(values), ".", color=SOFT, markersize=5)
        if row.accuracy:
            axes.errorbar([_mean(row)], [place], xerr=_errors([row]), fmt="D", color=ACCENT, capsize=3)
    axes.set_yticks(places, names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    _share_axis(axes, findings.rows, words, along="x")
    drawings = [("accuracy", figure, words("plot_accuracy_how"))]
    shown = [(name, row.gain) for name, row in zip(names, findings.rows, strict=True) if row.gain]
    if shown and findings.compared is not None:
        drawings.append(("gains", _gains(shown, findings.label(findings.compared, words), words), words("plot_gain_how")))
    return drawings


def _gains(shown: Sequence[tuple[str, Interval]], baseline: str, words: StudyWords) -> Any:
    figure, axes = new_figure(7.2, 1.5 + 0.45 * len(shown))
    places = np.arange(len(shown))[::-1]
    for place, (_, gain) in zip(places, shown, strict=True):
        low, high = gain.low or 0.0, gain.high or 0.0
        ends = [[100 * (gain.mean - low)], [100 * (high - gain.mean)]]
        axes.errorbar([100 * gain.mean], [place], xerr=np.maximum(ends, 0), fmt="D", color=ACCENT, capsize=3)
    axes.axvline(0, color=SOFT, linestyle=(0, (4, 3)), linewidth=1)
    axes.set_yticks(places, [name for name, _ in shown])
    axes.set_ylim(-0.6, len(shown) - 0.4)
    axes.xaxis.set_major_formatter(lambda value, _: words.plain(round(value, 6)))
    axes.set_xlabel(words("plot_gain", name=baseline))
    return figure


_PLOTS: dict[str, Callable[[Findings, StudyWords], list[Drawing]]] = {
    "learning-rate": _learning_rate,
    "data-amount": _data_amount,
    "robustness": _robustness,
    "networks": _networks,
    "options": _compared,
    "augmentation": _compared,
}


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1, **more: Any) -> tuple[Any, Any]:
    """A figure of inches and its axes: one, or an array."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    return figure, figure.subplots(rows, columns, squeeze=rows * columns == 1, **more)


def _drawn(name: str, figure: Any, how: str) -> Plot:
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
    return Plot(name, svg.getvalue().decode(), png.getvalue(), how)


def _dots(axes: Any, rows: Sequence[Row], places: Sequence[float], bars: bool = True) -> None:
    """Each seed as a dot, and mean and interval as diamond and bar."""
    for place, row in zip(places, rows, strict=True):
        values = [one["accuracy"] for one in row.figures if "accuracy" in one]
        axes.plot([place] * len(values), values, ".", color=SOFT, markersize=6, zorder=3)
        if bars and row.accuracy:
            axes.errorbar([place], [_mean(row)], _errors([row]), fmt="D", color=ACCENT, capsize=3, zorder=4)


def _share_axis(
    axes: Any, rows: Sequence[Row], words: StudyWords, values: Sequence[float] | None = None, along: str = "y"
) -> float:
    """Percent along an axis that ends a little beyond what it shows, and at 100 %; returns its lower end."""
    shown = list(values) if values is not None else _values(rows)
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    margin = max(0.02, 0.08 * (high - low))
    bottom, top = max(-0.02, low - margin), min(1 + 0.4 * margin, high + margin)
    axis = axes.yaxis if along == "y" else axes.xaxis
    (axes.set_ylim if along == "y" else axes.set_xlim)(bottom, top)
    axis.set_major_formatter(lambda value, _: f"{words.plain(round(100 * value, 4))}%" if 0 <= value < 1.0001 else "")
    (axes.set_ylabel if along == "y" else axes.set_xlabel)(words("plot_accuracy"))
    return bottom


def _values(rows: Sequence[Row]) -> list[float]:
    """All that a plot of these rows shows: seeds, and the ends of intervals."""
    values = [one["accuracy"] for row in rows for one in row.figures if "accuracy" in one]
    for row in rows:
        if row.accuracy and row.accuracy.low is not None and row.accuracy.high is not None:
            values += [row.accuracy.low, row.accuracy.high]
    return values


def _mean(row: Row) -> float:
    return row.accuracy.mean if row.accuracy else float("nan")


def _errors(rows: Sequence[Row]) -> Any:
    """(2, n): how far the intervals reach below and above the means."""
    ends = [(one.mean, one.low, one.high) if one else (0.0, None, None) for one in (row.accuracy for row in rows)]
    lows = [0.0 if low is None else mean - low for mean, low, _ in ends]
    highs = [0.0 if high is None else high - mean for mean, _, high in ends]
    return np.maximum([lows, highs], 0)


def _logarithmic(axes: Any, places: Sequence[float], margin: float) -> None:
    """A logarithmic x axis that ends a factor of `margin` beyond the places."""
    axes.set_xscale("log")
    axes.set_xlim(min(places, default=1.0) / margin, max(places, default=1.0) * margin)


def _few_ticks(axis: Any, words: StudyWords, unit: float) -> None:
    """1, 2 and 5 of each power of ten along a logarithmic axis, in `unit`."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: words.plain(float(f"{value / unit:.3g}")))
