"""The head: multinomial logistic regression on frozen features, its strength chosen by group-safe cross-validation.

The penalised optimum lies in the span of the training rows, so all fits of a cross-validation share one exact rotation
of the features to at most n dimensions, and each strength starts from the solution of the one before. scikit-learn's
LogisticRegression finds the same optimum (a test holds both together); it takes longer to import than this takes to run.
BLAS is held to one thread: on these tall matrices its threads cost five times what they bring, and on a busy machine far
more; the folds run side by side instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from kenali.evaluation.calibration import temperature
from kenali.network import softmax
from kenali.parallel import map_in_order
from kenali.training.lbfgs import minimise
from kenali.types import FloatArray, IntArray

Float64Array = npt.NDArray[np.float64]

_SHORT = 4_000_000  # multiplications of a matrix product, about a millisecond


@dataclass(frozen=True, slots=True)
class Head:
    """logits = features @ weight.T + bias; `weight` is float32 (k, d), `bias` (k,)."""

    weight: FloatArray
    bias: FloatArray

    def logits(self, features: FloatArray) -> FloatArray:
        """float32 (n, k) for features (n, d)."""
        return features @ self.weight.T + self.bias


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows to fit a head to: `features` (n, d), `labels` (n,) below `n_classes`, `weights` (n,), and the photo of each row.

    `photo` numbers the photo that a row shows: several rows are views of one photo and stay in its fold.
    """

    features: FloatArray
    labels: IntArray
    weights: Float64Array
    photo: IntArray
    n_classes: int


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """How each strength fared on held-out folds.

    `losses` are mean log-losses, one a strength; `logits` (n, k) are held-out ones of each photo, where the strength for a
    fold was chosen by the other folds' losses, so that the choice does not flatter them. So was `heat` (n,), the temperature
    for these logits; `temperature` is the one for the best strength, chosen by all folds.
    """

    strengths: tuple[float, ...]
    losses: tuple[float, ...]
    logits: FloatArray
    heat: FloatArray
    temperature: float

    @property
    def probs(self) -> FloatArray:
        """Calibrated held-out probabilities (n, k)."""
        return softmax(self.logits / self.heat[:, None])

    @property
    def best(self) -> float:
        return self.strengths[int(np.argmin(self.losses))]

    @property
    def loss(self) -> float:
        return min(self.losses)


def class_weights(labels: IntArray, n_classes: int) -> Float64Array:
    """A weight for each row that gives every class present the same total; their mean is one."""
    counts = np.bincount(labels, minlength=n_classes)
    weights: Float64Array = len(labels) / (np.count_nonzero(counts) * counts[labels])
    return weights


@threadpool_limits.wrap(limits=1, user_api="blas")
def cross_validate(examples: Examples, fold_of_photo: IntArray, strengths: tuple[float, ...]) -> CrossValidation:
    """Fit every strength without each fold in turn, and predict the fold's photos (their first row, the plain view)."""
    rotated = _Rotation(examples.features).apply(examples.features)
    plain = np.unique(examples.photo, return_index=True)[1]
    folds = range(int(fold_of_photo.max()) + 1)
    logits = np.zeros((len(strengths), len(plain), examples.n_classes), np.float32)

    def hold_out(fold: int) -> None:
        inside = fold_of_photo[examples.photo] != fold
        rows, labels, weights = rotated[inside], examples.labels[inside], examples.weights[inside]
        held = fold_of_photo == fold
        parameters = None
        for index, strength in enumerate(strengths):
            parameters = _fit(rows, labels, weights, examples.n_classes, strength, parameters)
            logits[index, held] = rotated[plain[held]] @ parameters[:-1] + parameters[-1]

    for _ in map_in_order(hold_out, folds, _workers(rotated, examples.n_classes)):
        pass
    labels = examples.labels[plain]
    own = softmax(logits)[:, np.arange(len(labels)), labels]
    losses = -np.log(np.maximum(own, 1e-12))  # (strengths, photos)
    chosen, heat = np.zeros_like(logits[0]), np.ones(len(labels), np.float32)
    for fold in folds:
        here = fold_of_photo == fold
        of_strength = logits[int(losses[:, ~here].mean(axis=1).argmin())]
        chosen[here], heat[here] = of_strength[here], temperature(of_strength[~here], labels[~here])
    mean_losses = tuple(float(loss) for loss in losses.mean(axis=1))
    best = logits[int(np.argmin(mean_losses))]
    return CrossValidation(strengths, mean_losses, chosen, heat, temperature(best, labels))


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Rows to learn from and rows to be judged on, (m,) each."""

    train: IntArray
    test: IntArray


@threadpool_limits.wrap(limits=1, user_api="blas")
def judge_divisions(examples: Examples, divisions: Sequence[Division], strength: float) -> list[FloatArray]:
    """For each division the probabilities (m, k) of its test rows by a head of that strength, fitted to its train rows."""
    rotated = _Rotation(examples.features).apply(examples.features)

    def judge(division: Division) -> FloatArray:
        learned = division.train
        labels, weights = examples.labels[learned], examples.weights[learned]
        parameters = _fit(rotated[learned], labels, weights, examples.n_classes, strength, None)
        return softmax((rotated[division.test] @ parameters[:-1] + parameters[-1]).astype(np.float32))

    return list(map_in_order(judge, divisions, _workers(rotated, examples.n_classes)))


def _workers(rows: Float64Array, n_classes: int) -> int | None:
    """One thread where products are short: several would mostly hand each other Python's lock."""
    return 1 if rows.size * n_classes < _SHORT else None


@threadpool_limits.wrap(limits=1, user_api="blas")
def fit_head(examples: Examples, strength: float) -> Head:
    """The head with the least weighted log-loss plus |weight|^2 / (2 * strength * n), in units of scaled features."""
    rotation = _Rotation(examples.features)
    rows = rotation.apply(examples.features)
    parameters = _fit(rows, examples.labels, examples.weights, examples.n_classes, strength, None)
    weight = rotation.undo(parameters[:-1]).T
    bias = parameters[-1] - weight @ rotation.mean
    return Head(weight.astype(np.float32), bias.astype(np.float32))


class _Rotation:
    """Features centred, scaled by one number, and turned into the coordinates that the rows span: an exact reduction."""

    def __init__(self, features: FloatArray) -> None:
        self.mean = features.mean(axis=0, dtype=np.float64)
        centred = features - self.mean
        self.scale = float(centred.std()) or 1.0
        self._axes: Float64Array | None = None
        if len(features) < features.shape[1]:
            variance, left = np.linalg.eigh(centred @ centred.T)  # (n,), (n, n)
            kept = variance > variance[-1] * 1e-10
            self._axes = (centred.T @ left[:, kept]) / np.sqrt(variance[kept])  # (d, r), orthonormal columns

    def apply(self, features: FloatArray) -> Float64Array:
        """(n, d) to (n, r)."""
        scaled: Float64Array = (features - self.mean) / self.scale
        return scaled if self._axes is None else scaled @ self._axes

    def undo(self, weight: Float64Array) -> Float64Array:
        """Weights (r, k) on rotated features to weights (d, k) on the features themselves."""
        return (weight if self._axes is None else self._axes @ weight) / self.scale


def _fit(
    rows: Float64Array,
    labels: IntArray,
    weights: Float64Array,
    n_classes: int,
    strength: float,
    start: Float64Array | None,
) -> Float64Array:
    """Minimise the weighted log-loss with L-BFGS; returns (r + 1, k), the last row the unpenalised bias."""
    n, r = rows.shape
    penalty = 1 / (strength * n)
    shares = (weights / weights.sum())[:, None]
    target = shares * (labels[:, None] == np.arange(n_classes))

    def loss_and_gradient(flat: Float64Array) -> tuple[float, Float64Array]:
        parameters = flat.reshape(r + 1, n_classes)
        weight = parameters[:-1]
        logits = rows @ weight + parameters[-1]
        top = logits.max(axis=1, keepdims=True)
        exponent = np.exp(logits - top)
        total = exponent.sum(axis=1, keepdims=True)
        loss = np.sum(shares * (np.log(total) + top)) - np.sum(target * logits) + 0.5 * penalty * np.sum(weight**2)
        error = shares * exponent / total - target
        gradient = np.vstack([rows.T @ error + penalty * weight, error.sum(axis=0)])
        return float(loss), gradient.ravel()

    first = np.zeros((r + 1, n_classes)) if start is None else start
    return minimise(loss_and_gradient, first.ravel()).reshape(r + 1, n_classes)
