"""From a question and a folder of photos to its answer: plan, run what is not yet known, summarise, write."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kenali.errors import KenaliError
from kenali.photos import split
from kenali.receipt import Ran, Receipt, digest, digest_of_lines, receipt_of, write_receipt
from kenali.study.cell import Cell, Figures, without_times
from kenali.study.findings import Findings, found
from kenali.study.methods import METHODS
from kenali.study.page import write_study
from kenali.study.plans import Grid, default_recipe, plan
from kenali.study.plots import require_plotting
from kenali.study.store import CellStore
from kenali.study.words import StudyWords
from kenali.study.workshop import Workshop
from kenali.training.choices import Recipe
from kenali.training.learned import ProgressHook

Runner = Callable[[Workshop, Sequence[Cell]], Iterator[tuple[Cell, Figures]]]
"""Runs cells somewhere, and gives each with its figures as it finishes, in any order."""


@dataclass(frozen=True, slots=True)
class StudyResult:
    """A finished study: its folder, what it found, the document of study.json, and sentences on what was begun anew."""

    folder: Path
    findings: Findings
    document: dict[str, Any]
    remarks: tuple[str, ...]


def run_study(
    kind: str,
    photos: str | Path,
    out: str | Path,
    *,
    recipe: Recipe | None = None,
    seeds: int = 3,
    grid: Grid | None = None,
    group_by: str | None = None,
    language: str = "en",
    run_cells: Runner | None = None,
    ran: Ran | None = None,
    progress: ProgressHook = lambda *_: None,
    begun_anew: Callable[[str], None] = lambda _: None,
) -> StudyResult:
    """Run the study `kind` (see `KINDS`) on the folder, ZIP or CSV `photos`, and write its answer to the folder `out`.

    Every run is repeated with `seeds` seeds, counted from the recipe's; `recipe` None takes the kind's own. `run_cells`
    None runs one cell after the other in this process; `ran` says in the receipt where they ran. A finished run is
    written at once, and a study that was stopped goes on when it is called again; where photos or recipe have changed,
    it begins anew, and `begun_anew` is told so. Raises KenaliError where photos, recipe or `out` do not allow the study,
    MissingExtra without matplotlib.
    """
    if seeds < 1:
        raise KenaliError(f"a study needs at least one seed, got {seeds}")
    out, words = Path(out), StudyWords(language)
    if out.resolve().is_relative_to(Path(photos).resolve()):
        raise KenaliError(f"the study {out} would lie among the photos in {photos}; choose a place outside with -o")
    require_plotting()
    chosen = recipe or default_recipe(kind)
    with Workshop(photos, group_by, progress) as workshop:
        photoset = workshop.scanned.photoset
        parts = split(photoset, ratios=chosen.ratios, seed=chosen.seed)
        ready = plan(kind, chosen, grid or Grid(), Counter(photo.label for photo in parts.train))
        store = CellStore(out)
        seen = workshop.fingerprint()
        changed = store.begin({"kind": kind, "photos": seen, "recipe": chosen.to_toml()})
        remarks = tuple(words(f"changed_{what}") for what in changed)
        for remark in remarks:
            begun_anew(remark)
        results, reused = _run(list(ready.cells(seeds)), workshop, store, run_cells or run_here, progress)
    findings = found(Path(photos).stem, ready, results, photoset.class_names, len(photoset), changed, reused)
    document = write_study(out, findings, results, language)
    write_receipt(out / "receipt.json", _receipt(kind, seen, chosen, results, ran))
    return StudyResult(out, findings, document, remarks)


def _receipt(kind: str, photos: str, recipe: Recipe, results: Sequence[tuple[Cell, Figures]], ran: Ran | None) -> Receipt:
    """What the study rests on, and a digest of all that was found but for the times, which no two runs share."""
    cells = sorted(cell.digest for cell, _ in results)
    inputs = {"data": photos, "recipe": digest(recipe.to_toml()), "cells": digest(*cells)}
    found = (json.dumps([cell.digest, without_times(figures)], sort_keys=True) for cell, figures in results)
    return receipt_of(f"study {kind}", inputs, digest_of_lines(found), ran)


def run_here(workshop: Workshop, cells: Sequence[Cell]) -> Iterator[tuple[Cell, Figures]]:
    """One cell after the other, in this process."""
    for cell in cells:
        yield cell, METHODS[cell.setting.name](workshop, cell.setting.parameters, cell.seed)


def _run(
    cells: Sequence[Cell], workshop: Workshop, store: CellStore, run_cells: Runner, progress: ProgressHook
) -> tuple[list[tuple[Cell, Figures]], int]:
    """The figures of all cells in order, and how many of them an earlier run had finished."""
    known = {cell.key: figures for cell in cells if (figures := store.find(cell)) is not None}
    reused, waiting = len(known), {cell.key: cell for cell in cells if cell.key not in known}

    def tell() -> None:
        progress("study", len(known), len(cells), _named(next(iter(waiting.values()))) if waiting else "")

    tell()
    for cell, figures in run_cells(workshop, tuple(waiting.values())):
        store.save(cell, figures)
        known[cell.key] = figures
        del waiting[cell.key]
        tell()
    return [(cell, known[cell.key]) for cell in cells], reused


def _named(cell: Cell) -> str:
    return f"{cell.setting.code} {cell.setting.value or ''}, seed {cell.seed}"
