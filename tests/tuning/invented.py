"""Invented trials, so that tests of answers, pages and plots need no training."""

from __future__ import annotations

import numpy as np

from kenali.evaluation import wilson
from kenali.evaluation.paired import difference
from kenali.training.recipe import load_recipe
from kenali.tuning.findings import Findings
from kenali.tuning.space import own, space
from kenali.tuning.trial import Trial

CONFIRM = 40


def trial(rate: float, loss: float | None, right: int | None, **more: object) -> Trial:
    """A trial of the recipe xray-small that names `right` of 40 photos right; None: it was stopped early."""
    figures = None if right is None else {"tested": list(range(CONFIRM)), "wrong": list(range(right, CONFIRM))}
    values = {"learning_rate": rate, "weight_decay": 0.0, "augmentation": "none"}
    epochs = 8 if figures else 2
    losses = () if loss is None else (loss,) * epochs
    return Trial(values, epochs, loss, None if loss is None else 0.8, losses, 1.0, figures, **more)  # type: ignore[arg-type]


def findings(best: Trial, *others: Trial) -> Findings:
    """A search that began with 30 of 40 photos right and ended with `best`."""
    recipe = load_recipe("xray-small")
    start = trial(0.01, 0.6, 30)
    if best.values == own(space(recipe)):
        start = best
    trials = tuple(dict.fromkeys(one.key for one in (best, start, *others)))
    by_key = {one.key: one for one in (best, start, *others)}
    ranked = tuple(by_key[key] for key in trials)
    assert best.figures
    assert start.figures
    wrong = [np.isin(range(CONFIRM), one.figures["wrong"]).astype(float) for one in (best, start) if one.figures]
    rights = [CONFIRM - len(one.figures["wrong"]) for one in (best, start) if one.figures]
    groups = np.array([f"{number}" for number in range(CONFIRM)])
    return Findings(
        title="pets",
        recipe=recipe,
        dimensions=space(recipe),
        trials=ranked,
        in_order=ranked[::-1],
        start=start,
        best=best,
        confirmed=wilson(rights[0], CONFIRM),
        before=wilson(rights[1], CONFIRM),
        gain=None if best is start else difference(wrong[1] - wrong[0], groups),
        class_names=("cat", "dog"),
        photos=200,
        confirm=CONFIRM,
        reused=0,
    )
