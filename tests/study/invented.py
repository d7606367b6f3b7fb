"""Invented figures, so that tests of summaries, words and plots need no training."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from kenali.study.cell import Cell, Figures
from kenali.study.findings import Findings, found
from kenali.study.plans import Grid, default_recipe, plan

CLASS_NAMES = ("cat", "dog")
TESTED = 40


def figures(accuracy: float, seed: int = 0, **more: Any) -> Figures:
    """A cell that named `accuracy` of 40 photos right; seeds overlap in half of their photos."""
    tested = list(range(20 * seed, 20 * seed + TESTED))
    wrong = np.random.default_rng(seed).permutation(tested)[: round((1 - accuracy) * TESTED)].tolist()
    share = 1 - len(wrong) / TESTED
    judged = {"accuracy": share, "balanced_accuracy": share, "macro_f1": share, "tested": tested, "wrong": wrong}
    return {**judged, "train_photos": 352, **more}


def astray(**more: Any) -> Figures:
    return {"train_photos": 352, "diverged": "the loss is nan", "history": [[0.7, None]], **more}


def findings(kind: str, by_code: dict[tuple[str, float | None], list[Figures]]) -> tuple[Findings, list[tuple[Cell, Figures]]]:
    """The findings of the default plan of `kind`, with the figures given for each setting and seed."""
    recipe = default_recipe(kind)
    ready = plan(kind, recipe, Grid(), Counter({0: 140, 1: 140}))
    seeds = len(next(iter(by_code.values())))
    results = [(cell, by_code[cell.setting.key][cell.seed]) for cell in ready.cells(seeds) if cell.setting.key in by_code]
    return found("pets", ready, results, CLASS_NAMES, 440), results
