"""What a study tells, from invented figures: answers, tables, plots and the page, in both languages."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from kenali.study.answers import answer
from kenali.study.cell import Figures, SettingKey
from kenali.study.page import write_study
from kenali.study.table import as_csv, as_latex, as_markdown, forecast_table, main_table
from kenali.study.words import StudyWords
from tests.study.invented import astray, figures, findings

SETTINGS: dict[str, dict[tuple[str, float | None], list[Figures]]] = {
    "learning-rate": {
        ("rate", 0.1): [astray() for _ in range(3)],
        ("rate", 0.001): [figures(0.9, seed, history=[[0.7, 0.6], [0.3, 0.8]]) for seed in range(3)],
        ("rate", 0.000001): [figures(0.5, seed, history=[[0.7, 0.5], [0.69, 0.5]]) for seed in range(3)],
    },
    "data-amount": {
        ("amount", 20): [figures(0.7, seed) | {"train_photos": 40} for seed in range(3)],
        ("amount", 50): [figures(0.8, seed) | {"train_photos": 100} for seed in range(3)],
        ("amount", 100): [figures(0.85, seed) | {"train_photos": 200} for seed in range(3)],
        ("amount", None): [figures(0.9, seed) for seed in range(3)],
    },
    "robustness": {
        ("as-is", None): [figures(0.95, seed) for seed in range(3)],
        ("grey", None): [figures(0.95, seed) for seed in range(3)],
        ("blur", 2.0): [figures(0.6, seed) for seed in range(3)],
    },
    "networks": {
        ("efficientnet_lite0", None): [
            figures(0.95, seed, parameters=3_000_000, model_bytes=13e6, ms_a_photo=20.0) for seed in range(3)
        ],
        ("xray-small", None): [
            figures(0.95, seed, parameters=1_059_106, model_bytes=4e6, ms_a_photo=1.0, ms_a_step=30.0) for seed in range(3)
        ],
        ("xray-large", None): [
            figures(0.6, seed, parameters=3_824_486, model_bytes=15e6, ms_a_photo=2.0, ms_a_step=90.0) for seed in range(3)
        ],
    },
    "options": {
        ("tuned", None): [figures(0.95, seed) for seed in range(3)],
        ("no-balance", None): [figures(0.95, seed) for seed in range(3)],
        ("no-views", None): [figures(0.8, seed) for seed in range(3)],
        ("untuned", None): [figures(0.7, seed) for seed in range(3)],
    },
    "augmentation": {
        ("none", None): [figures(0.7, seed) for seed in range(3)],
        ("dynamic", None): [figures(0.9, seed) for seed in range(3)],
        ("static", None): [figures(0.7, seed) for seed in range(3)],
        ("both", None): [astray() for _ in range(3)],
    },
}

TOLD = {
    "learning-rate": ("0.001 serves best", "0.1 is too high", "0.000001 is too low"),
    "data-amount": ("90.0% right with all 176", "With 20 of each class", "Twice as many photos, 352"),
    "robustness": ("From 95.0%", "Clearly worse: blurred, 2%", "Little or no loss: in grey"),
    "networks": ("xray-small recognises most", "Clearly behind: xray-large"),
    "options": ("bring +25.0 points", "costs 15.0 points (no further views", "could show: classes not balanced"),
    "augmentation": ("Best here: dynamic", "“dynamic” helps: +20.0", "Not told from no augmentation on these photos: static"),
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_answers_say_what_the_figures_do(kind: str) -> None:
    told = answer(findings(kind, SETTINGS[kind])[0], StudyWords("en"))
    text = "\n".join((told.headline, *told.sentences))
    for part in TOLD[kind]:
        assert part in text, text


def test_what_may_be_chance_is_not_called_a_difference() -> None:
    near: dict[SettingKey, list[Figures]] = {
        ("none", None): [figures(0.85, 0), figures(0.9, 1), figures(0.8, 2)],
        ("dynamic", None): [figures(0.9, 0), figures(0.85, 1), figures(0.85, 2)],
    }
    told = answer(findings("augmentation", near)[0], StudyWords("en"))
    assert told.headline.startswith("No augmentation clearly helps")
    flat: dict[SettingKey, list[Figures]] = {
        ("amount", n): [figures(0.9, seed) | {"train_photos": size} for seed in range(3)] for n, size in
            ((20, 40), (50, 100), (100, 200), (None, 352))}  # fmt: skip
    text = " ".join(answer(findings("data-amount", flat)[0], StudyWords("en")).sentences)
    assert "would bring little" in text


@pytest.mark.parametrize("kind", SETTINGS)
def test_where_everything_goes_astray_a_sentence_says_so(kind: str) -> None:
    lost = {key: [astray(), astray()] for key in SETTINGS[kind]}
    for language in ("en", "id"):
        assert answer(findings(kind, lost)[0], StudyWords(language)).headline


@pytest.mark.parametrize(("kind", "language"), [*((kind, "id") for kind in SETTINGS), ("data-amount", "en")])
def test_every_study_writes_everything_in_both_languages(kind: str, language: str, tmp_path: Path) -> None:
    found, results = findings(kind, SETTINGS[kind])
    document = write_study(tmp_path, found, results, language)
    assert json.loads((tmp_path / "study.json").read_text(encoding="utf-8")) == json.loads(json.dumps(document))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f'lang="{language}"' in page
    assert "http" not in page.replace("http-equiv", "")
    assert len(list(tmp_path.glob("*.svg"))) == len(list(tmp_path.glob("*.png"))) == page.count("data:image/svg+xml")
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.glob("*.png"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "study.csv").read_text(encoding="utf-8"))))
    assert len(rows) == len(results)
    share = "%" if language == "en" else "\\%"
    assert share in (tmp_path / ("table.md" if language == "en" else "table.tex")).read_text(encoding="utf-8")


def test_one_seed_has_no_interval_over_draws_and_says_so(tmp_path: Path) -> None:
    single = {key: cells[:1] for key, cells in SETTINGS["robustness"].items()}
    found, results = findings("robustness", single)
    write_study(tmp_path, found, results, "en")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "With one seed" in page
    assert "95% over draws" not in page


def test_tables_escape_what_their_format_would_run() -> None:
    found, results = findings("learning-rate", SETTINGS["learning-rate"])
    words = StudyWords("en")
    table = main_table(found, words)
    latex = as_latex([table])
    assert r"\toprule" in latex
    assert "“" not in latex
    body = latex.split(r"\midrule")[1]
    assert all(line.count(" & ") == len(table.headings) - 1 for line in body.splitlines() if line.endswith(r"\\"))
    assert as_markdown([table], ["a"]).count("| :-- |") == 1
    assert forecast_table(found, words) is None
    assert as_csv(results).splitlines()[1].startswith("rate,0.1,0,,")
