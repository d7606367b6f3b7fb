"""From a recipe and a folder of photos to a better recipe: search, compare, write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kenali.errors import KenaliError
from kenali.files import write_atomically
from kenali.receipt import Ran, digest, digest_of_lines, receipt_of, write_receipt
from kenali.study.cell import Cell, Setting
from kenali.study.plots import require_plotting
from kenali.study.store import CellStore
from kenali.study.workshop import Workshop
from kenali.training.choices import Recipe
from kenali.training.learned import ProgressHook
from kenali.training.recipe import load_recipe
from kenali.tuning.findings import Findings, found
from kenali.tuning.page import write_tuning
from kenali.tuning.search import Search, Wanted
from kenali.tuning.space import Space, all_values, lies_in, space, with_values
from kenali.tuning.trial import Trial, read_trial
from kenali.tuning.words import TuningWords


@dataclass(frozen=True, slots=True)
class TuneResult:
    """A finished search: its folder, what it found, the best recipe, the document of tune.json, and what was begun anew."""

    folder: Path
    findings: Findings
    recipe: Recipe
    document: dict[str, Any]
    remarks: tuple[str, ...]


def run_tuning(
    photos: str | Path,
    out: str | Path,
    search: Search,
    *,
    recipe: Recipe | None = None,
    over: tuple[str, ...] = (),
    trials: int = 20,
    seconds: float | None = None,
    group_by: str | None = None,
    language: str = "en",
    ran: Ran | None = None,
    progress: ProgressHook = lambda *_: None,
    begun_anew: Callable[[str], None] = lambda _: None,
) -> TuneResult:
    """Search for better values of the recipe (None: `auto`) on the training part of `photos`, and write them to `out`.

    `over` names the choices to search (see `space`; none: all of the recipe's), `trials` is how many different values are
    tried in all, if there are as many, `seconds` how long this call may search; `ran` says in the receipt where. A finished
    trial is written at once, and a search that was stopped goes on when it is called again; where photos or recipe have
    changed it begins anew, and `begun_anew` is told so. Raises KenaliError where photos, recipe or `out` do not allow a
    search, MissingExtra without matplotlib.
    """
    out, words = Path(out), TuningWords(language)
    if out.resolve().is_relative_to(Path(photos).resolve()):
        raise KenaliError(f"the search {out} would lie among the photos in {photos}; choose a place outside with -o")
    require_plotting()
    chosen = recipe or load_recipe()
    dimensions = space(chosen, over)
    with Workshop(photos, group_by, progress) as workshop:
        store = CellStore(out)
        seen = workshop.fingerprint()
        changed = store.begin({"kind": "tune", "photos": seen, "recipe": chosen.to_toml()})
        remarks = tuple(words(f"changed_{what}") for what in changed)
        for remark in remarks:
            begun_anew(remark)
        finished = {trial.key: trial for trial in _read(store, dimensions)}
        reused = len(finished)

        def keep(trial: Trial) -> None:
            trial = replace(trial, number=finished[trial.key].number if trial.key in finished else len(finished) + 1)
            finished[trial.key] = trial
            store.save(_cell(chosen, trial), trial.document())
            progress("search", len(finished), trials)

        everything = all_values(dimensions, chosen.seed)
        trials = trials if everything is None else min(trials, len(everything))
        progress("search", reused, trials)
        wanted = Wanted(chosen, dimensions, tuple(finished.values()), trials - reused, seconds)
        if wanted.trials > 0:
            search(workshop, wanted, keep)
        findings = found(Path(photos).stem, chosen, dimensions, tuple(finished.values()), workshop, reused)
    best = with_values(chosen, findings.best.values).model_copy(update=_named(chosen))
    write_atomically(out / "recipe.toml", best.to_toml())
    inputs = {"data": seen, "recipe": digest(chosen.to_toml()), "over": ",".join(one.name for one in dimensions)}
    write_receipt(out / "receipt.json", receipt_of("tune", inputs, digest_of_lines(_results(findings)), ran))
    return TuneResult(out, findings, best, write_tuning(out, findings, words), remarks)


def _results(findings: Findings) -> Iterator[str]:
    """What each trial came to, but for its time and its place in the order."""
    for trial in findings.trials:
        yield json.dumps([trial.values, trial.state, trial.losses, trial.figures], sort_keys=True)


def _named(recipe: Recipe) -> dict[str, str]:
    """Name and description of a tuned recipe."""
    name = recipe.name if recipe.name.endswith("-tuned") else f"{recipe.name}-tuned"
    return {"name": name, "about": f"{recipe.name}, tuned by kenali tune."}


def _cell(recipe: Recipe, trial: Trial) -> Cell:
    """The trial as the store keeps it, by its values."""
    return Cell(Setting("trial", None, "tune", trial.values), recipe.seed)


def _read(store: CellStore, dimensions: Space) -> list[Trial]:
    """The finished trials of this very space; of others, with more or fewer dimensions, nothing is taken over."""
    trials = [read_trial(document) for document in store.all_figures()]
    known = [trial for trial in trials if trial is not None and lies_in(trial.values, dimensions)]
    return sorted(known, key=lambda trial: trial.number)
