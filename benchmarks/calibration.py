"""How far stated confidence is from the truth, before and after calibration, on photos held out of training.

    python benchmarks/calibration.py PHOTOS... [--seeds 5]

Heads are fitted to frozen features in five folds, groups whole: with the strength that Kenali chooses by cross-validated
log-loss, with the one that scikit-learn's LogisticRegression begins with (C = 1, features scaled), and next to unpenalised
(C = 100). Each way of calibrating is fitted on four folds and judged on the fifth: one temperature; a temperature
and offset a class (vector scaling, Guo and others 2017); isotonic regression a class, rescaled (Zadrozny and Elkan 2002).
`chance` is the ECE that perfect confidence would show on as many photos. Means over the seeds, which draw the folds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import numpy as np
from embedded import Embedded, embedded
from measure import save
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.isotonic import IsotonicRegression

from kenali.evaluation.calibration import chance_ece, temperature
from kenali.evaluation.metrics import score
from kenali.network import softmax
from kenali.photos import folds
from kenali.training.choices import FrozenRecipe
from kenali.training.head import Examples, class_weights, cross_validate
from kenali.types import FloatArray, IntArray

Calibrate = Callable[[FloatArray, IntArray], Callable[[FloatArray], FloatArray]]
"""Held-out logits (n, k) and labels (n,) to a function from logits to probabilities."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    rows = []
    for photos in options.photos:
        given = embedded(photos)
        for head, strengths in HEADS.items():
            draws = [measured(given, strengths, seed) for seed in range(options.seeds)]
            row: dict[str, object] = {"photos": photos.name, "n": len(given.labels), "head": head}
            row |= {key: round(mean(draw[key] for draw in draws), 4) for key in draws[0]}
            rows.append(row)
            print(row, flush=True)
    save("calibration", rows)


def measured(given: Embedded, strengths: tuple[float, ...], seed: int) -> dict[str, float]:
    """ECE, Brier score and chance of each way of calibrating on one draw of five folds."""
    labels, k = given.labels, len(given.class_names)
    fold = folds(given.photos, 5, seed)
    examples = Examples(given.features, labels, class_weights(labels, k), np.arange(len(labels)), k)
    best = cross_validate(examples, fold, strengths).best
    logits = cross_validate(examples, fold, (best,)).logits
    found: dict[str, float] = {}
    for name, calibrate in METHODS.items():
        probs = np.empty_like(logits)
        for held in range(5):
            here = fold == held
            probs[here] = calibrate(logits[~here], labels[~here])(logits[here])
        metrics = score(probs, labels, given.class_names)
        found |= {f"ece_{name}": metrics.ece, f"brier_{name}": metrics.brier}
        if name == "temperature":
            found |= {"chance": chance_ece(probs), "temperature": temperature(logits, labels)}
    return found


def uncalibrated(logits: FloatArray, labels: IntArray) -> Callable[[FloatArray], FloatArray]:
    return softmax


def by_temperature(logits: FloatArray, labels: IntArray) -> Callable[[FloatArray], FloatArray]:
    heat = temperature(logits, labels)
    return lambda others: softmax(others, heat)


def by_vector(logits: FloatArray, labels: IntArray) -> Callable[[FloatArray], FloatArray]:
    """softmax(scale * logits + offset) with `scale` and `offset` (k,) of the least log-loss."""
    k = logits.shape[1]

    def loss(numbers: FloatArray) -> float:
        scaled = logits.astype(np.float64) * numbers[:k] + numbers[k:]
        return float((logsumexp(scaled, axis=1) - scaled[np.arange(len(labels)), labels]).mean())

    found = minimize(loss, np.r_[np.ones(k), np.zeros(k)], method="L-BFGS-B").x
    return lambda others: softmax(others * found[:k] + found[k:])


def by_isotonic(logits: FloatArray, labels: IntArray) -> Callable[[FloatArray], FloatArray]:
    probs = softmax(logits)
    fits = [
        IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(probs[:, label], labels == label)
        for label in range(logits.shape[1])
    ]

    def calibrate(others: FloatArray) -> FloatArray:
        raw = np.stack([fit.predict(column) for fit, column in zip(fits, softmax(others).T, strict=True)], axis=1) + 1e-6
        shares: FloatArray = (raw / raw.sum(axis=1, keepdims=True)).astype(np.float32)
        return shares

    return calibrate


METHODS: dict[str, Calibrate] = {
    "none": uncalibrated,
    "temperature": by_temperature,
    "vector": by_vector,
    "isotonic": by_isotonic,
}
HEADS = {"kenali": FrozenRecipe().strengths, "C=1": (1.0,), "C=100": (100.0,)}

if __name__ == "__main__":
    main()
