"""From a question and a folder of photos to its answer: plan, run what is not yet known, summarise, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kenali.errors import KenaliError
from kenali.photos import split
from kenali.study.cell import Cell, Figures
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
    progress: ProgressHook = lambda *_: None,
    begun_anew: Callable[[str], None] = lambda _: None,
) -> StudyResult:
    """Run the study `kind` (see `KINDS`) on the folder, ZIP or CSV `photos`, and write its answer to the folder `out`.

    Every run is repeated with `seeds` seeds, counted from the recipe's; `recipe` None takes the kind's own. A finished
    run is written at once, and a study that was stopped goes on when it is called again; where photos or recipe have
    changed, it begins anew, and `begun_anew` is told so. Raises KenaliError where photos, recipe or `out` do not allow
    the study, MissingExtra without matplotlib.
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
        changed = store.begin({"kind": kind, "photos": workshop.fingerprint(), "recipe": chosen.to_toml()})
        remarks = tuple(words(f"changed_{what}") for what in changed)
        for remark in remarks:
            begun_anew(remark)
        results, reused = _run(list(ready.cells(seeds)), workshop, store, progress)
    findings = found(Path(photos).stem, ready, results, photoset.class_names, len(photoset), changed, reused)
    return StudyResult(out, findings, write_study(out, findings, results, language), remarks)


def _run(
    cells: list[Cell], workshop: Workshop, store: CellStore, progress: ProgressHook
) -> tuple[list[tuple[Cell, Figures]], int]:
    """The figures of all cells, and how many of them an earlier run had finished."""
    results, reused = [], 0
    for done, cell in enumerate(cells):
        progress("study", done, len(cells), f"{cell.setting.code} {cell.setting.value or ''}, seed {cell.seed}")
        figures = store.find(cell)
        if figures is None:
            figures = METHODS[cell.setting.name](workshop, cell.setting.parameters, cell.seed)
            store.save(cell, figures)
        else:
            reused += 1
        results.append((cell, figures))
    progress("study", len(cells), len(cells), "")
    return results, reused
