"""Two models on the same photos: an exact test, the difference with its interval, and how many photos would show it.

All three keep groups whole, for photos of one group (a patient, a burst) are not independent of one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from kenali.evaluation.metrics import Z95
from kenali.types import IntArray

_DRAWS = 2000
_DRAWN_AT_ONCE = 4_000_000  # group numbers held in memory
_Z_POWER = 0.8416212335729143  # the normal quantile of 80 % power
_FEWEST_DIFFERING = 6  # groups: with five, even all on one side are no proof (2 / 2^5 > .05)
_SMALLEST_DIFFERENCE = 0.01  # what is asked for where none was seen

Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference with its 95 % interval."""

    value: float
    low: float
    high: float


def difference(values: Floats, groups: Names) -> Difference:
    """The mean of the photos' differences `values` (n,), and its interval when whole `groups` (n,) are drawn again."""
    return Difference(float(values.mean()), *bootstrap(values, groups))


def bootstrap(values: Floats, groups: Names) -> tuple[float, float]:
    """The middle 95 % of the mean over photos when whole groups are drawn again, always by the same seed.

    Source: B. Efron, The bootstrap, Ann. Statist. 7 (1979); groups as units after A. C. Davison and D. V. Hinkley (1997).
    """
    sums, sizes = _by_group(values, groups)
    rng = np.random.default_rng(0)
    at_once = max(1, _DRAWN_AT_ONCE // len(sums))
    means = []
    for start in range(0, _DRAWS, at_once):
        draws = rng.integers(len(sums), size=(min(at_once, _DRAWS - start), len(sums)))
        means.append(sums[draws].sum(axis=1) / sizes[draws].sum(axis=1))
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975))
    return float(low), float(high)


def sign_flip_p(net: IntArray) -> float:
    """The two-sided p-value of the exact sign-flip test on `net` (groups,): each group's right answers of B less those of A.

    Were both models equally good, each group's net would as well have had the other sign; counted are the ways of choosing
    signs whose sum lies as far from zero as the one seen. Where every group is one photo this is McNemar's exact test.
    Sources: Q. McNemar, Psychometrika 12 (1947); R. A. Fisher, The design of experiments (1935).
    """
    sizes = np.abs(net[net != 0])
    total = int(sizes.sum())
    chances = np.ones(1)  # of the sums -s, -s + 2, ..., s of the groups so far
    for size in sizes.tolist():
        wider = np.zeros(len(chances) + size)
        wider[: len(chances)] += chances / 2
        wider[size:] += chances / 2
        chances = wider
    sums = 2 * np.arange(total + 1) - total
    return min(1.0, float(chances[np.abs(sums) >= abs(int(net.sum()))].sum()))


def photos_needed(values: Floats, groups: Names) -> int | None:
    """About how many photos of this kind would show the difference that was seen, in four of five tries.

    `values` (n,) are the photos' differences. Where the mean is zero: how many would show a difference of one percentage
    point. None where no photo differs, for then nothing is known about how photos differ.
    """
    if not values.any():
        return None
    sums, sizes = _by_group(values, groups)
    n, mean = len(values), float(values.mean())
    deviation = float(np.sqrt(((sums - mean * sizes) ** 2).sum())) / n  # of the mean, groups being the units
    aim = abs(mean) or _SMALLEST_DIFFERENCE
    least = ceil(n * _FEWEST_DIFFERING / np.count_nonzero(sums)) if sums.any() else 0
    return max(n + 1, least, ceil(n * ((Z95 + _Z_POWER) * deviation / aim) ** 2))


def net_by_group(values: Floats, groups: Names) -> IntArray:
    """The sum of `values` (n,), which are whole numbers, in each group."""
    net: IntArray = np.rint(_by_group(values, groups)[0]).astype(np.int64)
    return net


def _by_group(values: Floats, groups: Names) -> tuple[Floats, IntArray]:
    """The sum of the values in each group, and its size."""
    _, index = np.unique(groups, return_inverse=True)
    sums: Floats = np.bincount(index, weights=values).astype(np.float64)
    sizes: IntArray = np.bincount(index)
    return sums, sizes
