"""A study's outputs: page, plots, tables and documents, in one language."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kenali.evaluation.page import template_environment
from kenali.files import write_atomically
from kenali.study.answers import Answer, answer
from kenali.study.cell import Cell, Figures
from kenali.study.degrade import SIDE
from kenali.study.findings import Findings
from kenali.study.plots import Plot, plots
from kenali.study.table import Table, as_csv, as_latex, as_markdown, forecast_table, main_table
from kenali.study.words import StudyWords

FORMAT = 1
"""Version of study.json; it rises when a key changes its meaning or goes away."""

_TEMPLATES = Path(__file__).parent / "templates"


def write_study(folder: Path, findings: Findings, results: Sequence[tuple[Cell, Figures]], language: str) -> dict[str, Any]:
    """Write everything that a study tells into `folder`, and return the document of study.json."""
    words = StudyWords(language)
    told, drawn = answer(findings, words), plots(findings, words)
    more = forecast_table(findings, words)
    tables = [main_table(findings, words), *([more] if more else [])]
    document = study_document(findings, told)
    for plot in drawn:
        write_atomically(folder / f"{plot.name}.svg", plot.svg)
        write_atomically(folder / f"{plot.name}.png", plot.png)
    write_atomically(folder / "study.csv", as_csv(results))
    write_atomically(folder / "table.md", as_markdown(tables, [told.headline, *told.sentences]))
    write_atomically(folder / "table.tex", as_latex(tables))
    write_atomically(folder / "study.json", json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    named = {"study.csv": "csv", "table.md": "markdown", "table.tex": "latex", "study.json": "json"}
    files = [(name, words(f"file_{what}")) for name, what in named.items()]
    making = _making(findings, words)
    write_atomically(folder / "index.html", render(findings.title, findings.kind, told, tables, drawn, making, files, words))
    return document


def study_document(findings: Findings, told: Answer) -> dict[str, Any]:
    """What `kenali study --json` prints; every share lies in 0..1, and what is not known is null."""
    law = findings.extrapolation
    return {
        "format": FORMAT,
        "kind": findings.kind,
        "photos": findings.photos,
        "class_names": list(findings.class_names),
        "recipe": findings.plan.recipe.name,
        "seeds": list(findings.seeds),
        "answer": [told.headline, *told.sentences],
        "baseline": _named(findings.baseline) if findings.baseline else None,
        "settings": [
            _named(row.key)
            | {
                "accuracy": row.accuracy and asdict(row.accuracy),
                "balanced_accuracy": row.balanced and asdict(row.balanced),
                "accuracy_over_photos": row.pooled and asdict(row.pooled),
                "gain": row.gain and asdict(row.gain),
                "diverged": row.diverged,
                "train_photos": row.mean("train_photos"),
                "parameters": row.mean("parameters"),
                "model_bytes": row.mean("model_bytes"),
                "ms_a_photo": row.mean("ms_a_photo"),
                "ms_a_step": row.mean("ms_a_step"),
                "seconds_to_learn": row.mean("seconds_to_learn"),
            }
            for row in findings.rows
        ],
        "forecasts": [asdict(one) for one in law.forecasts] if law else [],
        "reused": findings.reused,
        "left_out": list(findings.plan.left_out),
    }


def _named(key: tuple[str, float | None]) -> dict[str, Any]:
    return {"setting": key[0], "value": key[1]}


def render(
    title: str,
    kind: str,
    told: Answer,
    tables: Sequence[Table],
    drawn: Sequence[Plot],
    making: Sequence[str],
    files: Sequence[tuple[str, str]],
    words: StudyWords,
) -> str:
    """The page on the photos `title`, its plots inlined; `files` are names beside it and what they hold."""
    shown = [
        {"name": plot.name, "how": plot.how, "uri": f"data:image/svg+xml;base64,{b64encode(plot.svg.encode()).decode()}"}
        for plot in drawn
    ]
    files = [*files, *((f"{plot.name}.{ending}", words("file_plot")) for plot in drawn for ending in ("svg", "png"))]
    template = template_environment(words, _TEMPLATES).get_template("study.html.j2")
    page: str = template.render(title=title, kind=kind, answer=told, tables=tables, plots=shown, making=making, files=files)
    return page


def _making(findings: Findings, words: StudyWords) -> list[str]:
    """How it was done, sentence by sentence."""
    plan, n_seeds = findings.plan, len(findings.seeds)
    runs = sum(len(row.figures) for row in findings.rows)
    listed = ", ".join(str(seed) for seed in findings.seeds)
    sentences = [
        words(
            "making_photos",
            n=findings.photos,
            k=len(findings.class_names),
            names=words.listed(findings.class_names),
            test=findings.tested_a_draw,
        ),
        words("making_seeds", cells=runs, settings=len(findings.rows), seeds=n_seeds, list=listed),
    ]
    if n_seeds == 1:
        sentences.append(words("making_one_seed"))
    sentences.append(words("making_recipe", name=plan.recipe.name))
    sentences += [words(f"making_{remark}", side=SIDE) for remark in plan.remarks]
    if plan.left_out:
        sentences.append(words("making_left_out", names=", ".join(plan.left_out)))
    if findings.reused:
        sentences.append(words("making_reused", n=findings.reused))
    return sentences
