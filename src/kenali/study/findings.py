"""Everything that a finished study knows, and what its settings are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kenali.study.cell import Cell, Figures, SettingKey
from kenali.study.plans import Plan
from kenali.study.powerlaw import Extrapolation, extrapolate
from kenali.study.summary import Row, summarise
from kenali.study.words import StudyWords

AGAINST_THE_BEST = ("learning-rate", "networks")
"""Kinds whose settings have no natural baseline, so that each is compared with the best."""


@dataclass(frozen=True, slots=True)
class Findings:
    """The rows of a study and what it rests on; `title` names the photos. `baseline` is None where every run diverged."""

    title: str
    plan: Plan
    seeds: tuple[int, ...]
    rows: tuple[Row, ...]
    baseline: SettingKey | None
    extrapolation: Extrapolation | None
    class_names: tuple[str, ...]
    photos: int
    changed: tuple[str, ...] = ()
    reused: int = 0

    @property
    def kind(self) -> str:
        return self.plan.kind

    @property
    def compared(self) -> Row | None:
        """The row that the others are compared with."""
        return next((row for row in self.rows if row.key == self.baseline), None)

    def row(self, code: str) -> Row | None:
        return next((row for row in self.rows if row.key[0] == code), None)

    def label(self, row: Row, words: StudyWords) -> str:
        """What a row is called; a network by its own name."""
        code, value = row.key
        if code == "amount" and value is None:
            return words("label_amount_all", value=words.number(photos_a_class(row, self)))
        if value is not None:
            return words(f"label_{code}", value=words.plain(value))
        return words.known(f"label_{code}", code)

    @property
    def tested(self) -> int:
        """Different photos that were tested."""
        return len({photo for row in self.rows for one in row.figures for photo in one.get("tested", ())})

    @property
    def tested_a_draw(self) -> int:
        """Test photos of one draw, on average."""
        sizes = {index: len(one["tested"]) for row in self.rows for index, one in enumerate(row.figures) if "tested" in one}
        return round(sum(sizes.values()) / len(sizes)) if sizes else 0


def found(
    title: str,
    plan: Plan,
    results: Sequence[tuple[Cell, Figures]],
    class_names: tuple[str, ...],
    photos: int,
    changed: tuple[str, ...] = (),
    reused: int = 0,
) -> Findings:
    """Summarise the finished cells of a plan."""
    seeds = tuple(sorted({cell.seed for cell, _ in results}))
    baseline: SettingKey | None = plan.baseline
    if plan.kind in AGAINST_THE_BEST:
        finished = [row for row in summarise(results, plan.baseline) if row.accuracy]
        baseline = max(finished, key=_standing).key if finished else None
    rows = summarise(results, baseline or plan.baseline)
    law = _law(rows, seeds, len(class_names)) if plan.kind == "data-amount" else None
    return Findings(title, plan, seeds, rows, baseline, law, class_names, photos, changed, reused)


def photos_a_class(row: Row, findings: Findings) -> int:
    """Training photos of a class, the mean over classes and seeds."""
    return round((row.mean("train_photos") or 0.0) / len(findings.class_names))


def _standing(row: Row) -> tuple[float, float]:
    """More right answers first, then fewer parameters."""
    return row.accuracy.mean if row.accuracy else 0.0, -(row.mean("parameters") or 0.0)


def _law(rows: Sequence[Row], seeds: Sequence[int], n_classes: int) -> Extrapolation | None:
    finished = [row for row in rows if len(row.figures) == len(seeds) and not row.diverged]
    amounts = [(row.mean("train_photos") or 0.0) / n_classes for row in finished]
    return extrapolate(amounts, [[row.figures[index] for row in finished] for index in range(len(seeds))])
