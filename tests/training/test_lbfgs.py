"""L-BFGS beside SciPy's."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.training.lbfgs import Floats, minimise

optimize = pytest.importorskip("scipy.optimize")


def rosenbrock(point: Floats) -> tuple[float, Floats]:
    return float(optimize.rosen(point)), np.asarray(optimize.rosen_der(point))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_it_finds_the_bottom_of_a_long_bowl(scale: float) -> None:
    """Curvatures over three powers of ten, and first steps that are far too long or too short."""
    curvature, tolerance = scale * np.logspace(-2, 1, 30), 1e-6 * max(1, scale)

    def bowl(point: Floats) -> tuple[float, Floats]:
        return float(curvature @ (point - 1) ** 2) / 2, curvature * (point - 1)

    assert np.abs(bowl(minimise(bowl, np.zeros(30), tolerance))[1]).max() <= tolerance


def test_it_follows_a_bent_valley() -> None:
    assert minimise(rosenbrock, np.array([-1.2, 1.0, 0.5, -1.0])) == pytest.approx(np.ones(4), abs=1e-5)


def test_at_the_bottom_it_stays() -> None:
    assert (minimise(rosenbrock, np.ones(3)) == 1).all()


@pytest.mark.parametrize("penalty", [0.1, 0.01, 0.001])
def test_it_is_no_worse_than_scipys(penalty: float) -> None:
    """On logistic losses: at least as near the optimum, by value and by gradient."""
    random = np.random.default_rng(0)
    rows, signs = random.normal(size=(80, 60)), random.choice([-1.0, 1.0], 80)

    def loss(weight: Floats) -> tuple[float, Floats]:
        margin = signs * (rows @ weight)
        value = np.logaddexp(0, -margin).mean() + penalty / 2 * weight @ weight
        return float(value), -rows.T @ (signs / (1 + np.exp(margin))) / 80 + penalty * weight

    theirs = optimize.minimize(loss, np.zeros(60), jac=True, method="L-BFGS-B", options={"gtol": 1e-5, "ftol": 1e-9})
    ours = minimise(loss, np.zeros(60))
    value, gradient = loss(ours)
    assert value <= theirs.fun
    assert np.abs(gradient).max() <= min(1e-6, np.abs(theirs.jac).max())
    assert np.abs(1 / (1 + np.exp(-rows @ ours)) - 1 / (1 + np.exp(-rows @ theirs.x))).max() < 1e-3
