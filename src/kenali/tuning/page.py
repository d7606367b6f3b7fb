"""A search's outputs: page, plots, tables and documents, in one language."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kenali.files import write_atomically
from kenali.study.answers import Answer
from kenali.study.page import render
from kenali.study.table import Table, Text, as_markdown
from kenali.tuning.answer import answer
from kenali.tuning.findings import Findings
from kenali.tuning.plots import plots
from kenali.tuning.trial import Trial
from kenali.tuning.words import TuningWords
from kenali.types import Proportion

FORMAT = 1
"""Version of tune.json; it rises when a key changes its meaning or goes away."""

_SHOWN = 20  # rows of the table


def write_tuning(folder: Path, findings: Findings, words: TuningWords) -> dict[str, Any]:
    """Write everything that a search tells into `folder`, and return the document of tune.json."""
    told, drawn, table = answer(findings, words), plots(findings, words), _table(findings, words)
    document = tune_document(findings, told)
    for plot in drawn:
        write_atomically(folder / f"{plot.name}.svg", plot.svg)
        write_atomically(folder / f"{plot.name}.png", plot.png)
    write_atomically(folder / "trials.csv", _csv(findings))
    write_atomically(folder / "table.md", as_markdown([table], [told.headline, *told.sentences]))
    write_atomically(folder / "tune.json", json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    named = {"recipe.toml": "recipe", "trials.csv": "trials", "table.md": "markdown", "tune.json": "json"}
    files = [(name, words(f"file_{what}")) for name, what in named.items()]
    page = render(findings.title, "tune", told, [table], drawn, _making(findings, words), files, words)
    write_atomically(folder / "index.html", page)
    return document


def tune_document(findings: Findings, told: Answer) -> dict[str, Any]:
    """What `kenali tune --json` prints; every share lies in 0..1, and what is not known is null."""
    return {
        "format": FORMAT,
        "photos": findings.photos,
        "recipe": findings.recipe.name,
        "answer": [told.headline, *told.sentences],
        "values": findings.best.values,
        "best": _judged(findings.best, findings.confirmed),
        "start": _judged(findings.start, findings.before),
        "gain": findings.gain and asdict(findings.gain),
        "trials": [
            {"state": one.state, "values": one.values, "loss": one.loss, "accuracy": one.accuracy, "epochs": one.epochs}
            for one in findings.trials
        ],
        "reused": findings.reused,
    }


def _judged(trial: Trial, confirmed: Proportion) -> dict[str, Any]:
    return {"loss": trial.loss, "accuracy": trial.accuracy, "epochs": trial.epochs, "confirmed": asdict(confirmed)}


def _csv(findings: Findings) -> str:
    """One line a trial, the same in every language; empty where a figure does not exist."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [one.name for one in findings.dimensions]
    writer.writerow(["state", *names, "epochs", "held_out_loss", "held_out_accuracy", "seconds"])
    for one in findings.trials:
        writer.writerow([one.state, *(one.values[name] for name in names), one.epochs, one.loss, one.accuracy, one.seconds])
    return out.getvalue()


def _table(findings: Findings, words: TuningWords) -> Table:
    """The best trials, one a line; the recipe as it was always among them."""
    shown = list(findings.trials[:_SHOWN])
    if findings.start not in shown:
        shown[-1] = findings.start
    names = [one.name for one in findings.dimensions]
    headings = [words("column_trial"), *(words(f"dimension_{name}") for name in names)]
    headings += [words("column_epochs")] if findings.by_epochs else []
    headings += [words("column_held_out"), words("column_chosen"), words("column_confirmed")]
    rows = []
    for place, trial in enumerate(shown, start=1):
        row: list[Text] = [(_called(trial, place, findings, words), False)]
        row += [(words.value(name, trial.values[name]), trial is findings.best) for name in names]
        row += [(words.number(trial.epochs), False)] if findings.by_epochs else []
        row.append((words("nothing") if trial.loss is None else words.number(trial.loss, 3), trial is findings.best))
        row.append((words("nothing") if trial.accuracy is None else words.percent(trial.accuracy), False))
        row.append((_confirmed(trial, findings, words), False))
        rows.append(tuple(row))
    notes = [words("tune_note_loss"), words("tune_note_confirm", n=findings.confirm)]
    if findings.count("stopped") or findings.count("astray"):
        notes.append(words("tune_note_stopped"))
    if len(findings.trials) > len(shown):
        notes.append(words("tune_more", n=len(findings.trials) - len(shown)))
    caption = words("tune_caption", title=findings.title, n=len(findings.trials))
    return Table(caption, tuple(headings), tuple(rows), tuple(notes))


def _called(trial: Trial, place: int, findings: Findings, words: TuningWords) -> str:
    if trial is findings.best:
        return words("trial_best_start" if trial is findings.start else "trial_best")
    if trial is findings.start:
        return words("trial_start")
    return words.number(place) if trial.state == "finished" else words(f"trial_{trial.state}")


def _confirmed(trial: Trial, findings: Findings, words: TuningWords) -> str:
    judged = findings.confirmed if trial is findings.best else findings.before if trial is findings.start else None
    if judged is None:
        return words("nothing")
    span = words("range", low=words.number(100 * judged.low, 1), high=words.percent(judged.high))
    return f"{words.percent(judged.value)} ({span})"


def _making(findings: Findings, words: TuningWords) -> list[str]:
    """How it was done, sentence by sentence."""
    names = findings.class_names
    states = {state: findings.count(state) for state in ("finished", "stopped", "astray")}
    sentences = [
        words("making_tune_photos", n=findings.photos, k=len(names), names=words.listed(names), confirm=findings.confirm),
        words("making_recipe", name=findings.recipe.name),
        words("making_tune_over", names=", ".join(words(f"dimension_{one.name}").lower() for one in findings.dimensions)),
        words("making_tune_trials", n=len(findings.trials), **states),
        words("making_tune_once"),
    ]
    if findings.reused:
        sentences.append(words("making_tune_reused", n=findings.reused))
    return sentences
