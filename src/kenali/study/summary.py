"""From finished cells to the rows of a table: means over seeds, and three intervals that answer three questions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kenali.evaluation import wilson
from kenali.study.cell import Cell, Figures, SettingKey
from kenali.types import Proportion

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean of `n` values with its 95 % interval; `low` and `high` are None where `n` is too small for one."""

    mean: float
    low: float | None
    high: float | None
    n: int

    @property
    def excludes_zero(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True)
class Row:
    """One setting over all seeds.

    `accuracy` and `balanced` have t-intervals over the seeds that finished; `pooled` is Wilson's interval of the same mean
    over the different photos that were tested. `gain` is the difference of accuracy from the baseline, seed by seed and
    photo by photo, with the wider of two intervals: see `paired`. All are None where every seed diverged.
    """

    key: SettingKey
    figures: tuple[Figures, ...]
    diverged: int
    accuracy: Interval | None
    balanced: Interval | None
    pooled: Proportion | None
    gain: Interval | None

    def mean(self, name: str) -> float | None:
        """The mean of a figure over the cells that have it."""
        values = [one[name] for one in self.figures if one.get(name) is not None]
        return float(np.mean(values)) if values else None


def summarise(cells: Sequence[tuple[Cell, Figures]], baseline: SettingKey) -> tuple[Row, ...]:
    """One row a setting, in the order in which they come."""
    found: defaultdict[SettingKey, dict[int, Figures]] = defaultdict(dict)
    for cell, figures in cells:
        found[cell.setting.key][cell.seed] = figures
    own = found.get(baseline, {})
    return tuple(_row(key, by_seed, own if key != baseline else {}) for key, by_seed in found.items())


def mean_interval(values: Sequence[float], within: tuple[float, float] = (-math.inf, math.inf)) -> Interval | None:
    """The mean with Student's t-interval (1908), cut to `within`; None without values, no interval for a single one."""
    if not values:
        return None
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return Interval(mean, None, None, n)
    half = _t95(n - 1) * float(np.std(values, ddof=1)) / math.sqrt(n)
    return Interval(mean, max(within[0], mean - half), min(within[1], mean + half), n)


def paired(figures: Mapping[int, Figures], baseline: Mapping[int, Figures]) -> Interval | None:
    """The mean difference of accuracy over the seeds that both finished, and the wider of two 95 % intervals around it.

    One is Student's, over the seeds' differences: would another draw say the same? The other treats each photo with all
    its answers as one trial (the cluster-robust interval of a mean): would other photos?
    """
    seeds = [seed for seed in figures if "wrong" in figures[seed] and "wrong" in baseline.get(seed, {})]
    if not seeds:
        return None
    differences, by_photo = [], defaultdict(list)
    for seed in seeds:
        wrong, before = set(figures[seed]["wrong"]), set(baseline[seed]["wrong"])
        each = {photo: float(photo in before) - float(photo in wrong) for photo in figures[seed]["tested"]}
        differences.append(sum(each.values()) / len(each))
        for photo, difference in each.items():
            by_photo[photo].append(difference)
    over_seeds = mean_interval(differences)
    assert over_seeds is not None
    answers = sum(len(values) for values in by_photo.values())
    mean = sum(sum(values) for values in by_photo.values()) / answers
    spread = math.sqrt(sum(sum(value - mean for value in values) ** 2 for values in by_photo.values())) / answers
    low, high = mean - _Z95 * spread, mean + _Z95 * spread
    if over_seeds.low is not None and over_seeds.high is not None:
        low, high = min(low, over_seeds.low), max(high, over_seeds.high)
    return Interval(over_seeds.mean, max(-1.0, low), min(1.0, high), len(seeds))


def pooled(figures: Sequence[Figures]) -> Proportion | None:
    """The share of right answers over all seeds, with Wilson's interval for as many trials as there were different photos.

    A photo that several seeds tested counts once, for its answers are not independent.
    """
    answers = sum(len(one["tested"]) for one in figures)
    if not answers:
        return None
    right = answers - sum(len(one["wrong"]) for one in figures)
    photos = len({photo for one in figures for photo in one["tested"]})
    return wilson(round(right / answers * photos), photos)


def _row(key: SettingKey, by_seed: dict[int, Figures], baseline: dict[int, Figures]) -> Row:
    figures = tuple(by_seed[seed] for seed in sorted(by_seed))
    judged = [one for one in figures if "wrong" in one]
    return Row(
        key=key,
        figures=figures,
        diverged=sum(bool(one.get("diverged")) for one in figures),
        accuracy=mean_interval([one["accuracy"] for one in judged], (0.0, 1.0)),
        balanced=mean_interval([one["balanced_accuracy"] for one in judged], (0.0, 1.0)),
        pooled=pooled(judged),
        gain=paired(by_seed, baseline) if baseline else None,
    )


def _t95(freedom: int) -> float:
    """The 97.5 % quantile of Student's t."""
    from scipy.special import stdtrit

    quantile: Any = stdtrit(freedom, 0.975)
    return float(quantile)
