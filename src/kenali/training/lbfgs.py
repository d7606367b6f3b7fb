"""The least value of a smooth function of many numbers, found by L-BFGS.

SciPy has it too, but importing `scipy.optimize` takes longer than all the fits of a fast path.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Function = Callable[[Floats], tuple[float, Floats]]
"""The value and the gradient (d,) at a point (d,)."""

_MEMORY = 10
_MOST_STEPS = 500
_MOST_TRIALS = 40
_DESCENT, _CURVATURE = 1e-4, 0.9  # the share of the promised descent that a step brings, and of the slope that may be left
_LEAST_FALL = 1e-15  # relative; what is less is rounding


def minimise(function: Function, start: Floats, tolerance: float = 1e-6) -> Floats:
    """The point (d,) near the least value of `function` at which no entry of the gradient is above `tolerance`.

    For functions that are convex, or `start` close to a minimum. Source: J. Nocedal, Updating quasi-Newton matrices with
    limited storage, Math. Comp. 35 (1980), with steps that meet Wolfe's conditions.
    """
    point, (value, gradient) = start, function(start)
    steps: deque[tuple[Floats, Floats, float]] = deque(maxlen=_MEMORY)
    for _ in range(_MOST_STEPS):
        if np.abs(gradient).max() <= tolerance:
            break
        direction = _direction(gradient, steps)
        moved, new_value, new_gradient = _step(function, point, direction, value, float(gradient @ direction))
        turned = new_gradient - gradient
        if (bend := float(moved @ turned)) > 0:
            steps.append((moved, turned, bend))
        fell = value - new_value
        point, value, gradient = point + moved, new_value, new_gradient
        if fell <= _LEAST_FALL * max(1.0, abs(value)):
            break
    return point


def _direction(gradient: Floats, steps: deque[tuple[Floats, Floats, float]]) -> Floats:
    """Downhill by the curvature that the last steps met: moves, changes of the gradient, and their products."""
    direction, weights = -gradient, []
    for moved, turned, bend in reversed(steps):
        weights.append(float(moved @ direction) / bend)
        direction -= weights[-1] * turned
    if steps:
        _, turned, bend = steps[-1]
        direction *= bend / float(turned @ turned)
    else:
        direction *= min(1.0, 1 / float(np.linalg.norm(gradient)))
    for moved, turned, bend in steps:
        direction += (weights.pop() - float(turned @ direction) / bend) * moved
    return direction


def _step(function: Function, point: Floats, direction: Floats, value: float, slope: float) -> tuple[Floats, float, Floats]:
    """The move along `direction`, and value and gradient where it ends: doubled or halved until Wolfe's conditions hold."""
    length, low, high = 1.0, 0.0, np.inf
    for _ in range(_MOST_TRIALS):
        new_value, new_gradient = function(point + length * direction)
        if new_value > value + _DESCENT * length * slope:
            high = length
        elif new_gradient @ direction < _CURVATURE * slope:
            low = length
        else:
            break
        length = (low + high) / 2 if high < np.inf else 2 * low
    return length * direction, new_value, new_gradient
