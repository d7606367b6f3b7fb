"""Two drawings of a search: how it went on, and what its values had to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kenali.study.plots import ACCENT, SECOND, SOFT, Drawing, Plot, drawn, new_figure
from kenali.tuning.findings import Findings
from kenali.tuning.space import Choice, Dimension
from kenali.tuning.trial import Trial
from kenali.tuning.words import TuningWords

_BEYOND = 1.5  # times the loss of the recipe as it was: what lies above is drawn at the upper end


def plots(findings: Findings, words: TuningWords) -> tuple[Plot, ...]:
    """The search in its order, and by its values."""
    return drawn(lambda: [_search(findings, words), _by_value(findings, words)])


def _search(findings: Findings, words: TuningWords) -> Drawing:
    trials = [trial for trial in findings.in_order if trial.loss is not None]
    figure, axes = new_figure(6.4, 3.8)
    places = np.arange(1, len(trials) + 1)
    _dots(axes, places, trials, findings, words)
    losses = [np.inf if trial.loss is None or trial.figures is None else trial.loss for trial in trials]
    axes.step(places, np.minimum.accumulate(losses), where="post", color=ACCENT, label=words("plot_best_so_far"))
    axes.set_xlabel(words("plot_trials"))
    axes.xaxis.get_major_locator().set_params(integer=True)
    _loss_axis(axes, trials, findings, words)
    axes.legend()
    return "search", figure, words("plot_search_how")


def _by_value(findings: Findings, words: TuningWords) -> Drawing:
    trials = [trial for trial in findings.in_order if trial.loss is not None]
    dimensions = findings.dimensions
    figure, panels = new_figure(8.4, 3.4 * -(-len(dimensions) // 2), -(-len(dimensions) // 2), 2, sharey=True)
    for panel, dimension in zip(panels.flat, dimensions, strict=False):
        _dots(panel, _places(panel, dimension, trials, words), trials, findings, words)
        panel.set_title(words(f"dimension_{dimension.name}"), fontsize=10)
    for panel in panels.flat[len(dimensions) :]:
        panel.set_visible(False)
    for row in panels:
        _loss_axis(row[0], trials, findings, words)
    return "values", figure, words("plot_values_how")


def _places(panel: Any, dimension: Dimension, trials: Sequence[Trial], words: TuningWords) -> Any:
    """Where each trial stands along a panel: on a logarithmic axis, or in the column of its option."""
    values = [trial.values[dimension.name] for trial in trials]
    if isinstance(dimension, Choice):
        options = dimension.options
        names = [words.value(dimension.name, option) for option in options]
        slanted = len(options) > 4 or max(map(len, names)) > 12
        look: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
        panel.set_xticks(range(len(options)), names, **look)
        panel.set_xlim(-0.5, len(options) - 0.5)
        return [options.index(value) for value in values]
    panel.set_xscale("log")
    panel.set_xlim(dimension.low, dimension.high)
    panel.xaxis.set_major_formatter(lambda value, _: words.plain(value))
    panel.minorticks_off()
    return values


def _dots(axes: Any, places: Any, trials: Sequence[Trial], findings: Findings, words: TuningWords) -> None:
    """Hollow dots for trials that were stopped, full ones for the others, and a diamond for the recipe as it was."""
    ceiling = _ceiling(trials, findings)
    looks: dict[str, dict[str, Any]] = {
        "stopped": {"marker": "o", "markerfacecolor": "none", "color": SOFT, "markersize": 5},
        "finished": {"marker": "o", "color": ACCENT, "markersize": 5},
        "start": {"marker": "D", "color": SECOND, "markersize": 7, "zorder": 4},
    }
    for kind, look in looks.items():
        own = [
            (place, min(trial.loss or 0.0, ceiling))
            for place, trial in zip(places, trials, strict=True)
            if ("start" if trial is findings.start else trial.state) == kind
        ]
        if own:
            axes.plot(*zip(*own, strict=True), linestyle="none", label=words(f"plot_{kind}"), **look)


def _ceiling(trials: Sequence[Trial], findings: Findings) -> float:
    worst = max(trial.loss or 0.0 for trial in trials)
    return min(worst, _BEYOND * max(findings.start.loss or 0.0, findings.best.loss or 0.0))


def _loss_axis(axes: Any, trials: Sequence[Trial], findings: Findings, words: TuningWords) -> None:
    low, high = findings.best.loss or 0.0, _ceiling(trials, findings)
    margin = 0.08 * (high - low) or 0.01
    axes.set_ylim(max(0.0, low - margin), high + margin)
    axes.yaxis.set_major_formatter(lambda value, _: words.plain(round(value, 6)))
    axes.set_ylabel(words("plot_held_out"))
