"""Writes the report and the files that stand beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kenali.evaluation.augmented import AugmentationSheet
from kenali.evaluation.comparison import Comparison, differences_csv
from kenali.evaluation.content import ReportContent
from kenali.evaluation.document import predictions_csv
from kenali.evaluation.page import augmentation_page, check_page, comparison_page, curves_page, rates_page, report_page
from kenali.evaluation.shortcuts import Shortcut
from kenali.evaluation.words import Words
from kenali.files import write_atomically
from kenali.photos import Suspect
from kenali.types import EpochEnd, Ledger


def write_report(folder: Path, content: ReportContent, language: str = "en") -> Path:
    """Write `folder/index.html` in `language` (`en`, `id`) and return its path; the folder is made where needed."""
    path = folder / "index.html"
    write_atomically(path, report_page(content, Words(language)))
    return path


def write_evaluation(
    folder: Path, content: ReportContent, document: Mapping[str, Any], language: str = "en"
) -> tuple[Path, ...]:
    """Write the report, `metrics.json` (a `metrics_document`) and, where photos were tested, `predictions.csv`.

    Returns the paths written.
    """
    figures = folder / "metrics.json"
    written = [write_report(folder, content, language), figures]
    write_atomically(figures, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    if content.predictions is not None:
        table = folder / "predictions.csv"
        paths = [photo.path for photo in content.photos]
        write_atomically(table, predictions_csv(paths, content.labels, content.predictions))
        written.append(table)
    return tuple(written)


def write_curves(path: Path, title: str, history: Sequence[EpochEnd], epochs: int, language: str = "en") -> None:
    """Write a page of learning curves for a run of `epochs` epochs that goes on; browsers load it anew every few seconds."""
    write_atomically(path, curves_page(title, history, epochs, Words(language)))


def write_rates(path: Path, title: str, losses: Sequence[tuple[float, float]], suggestion: float, language: str = "en") -> None:
    """Write the page of `kenali learning-rate`: (learning rate, loss) pairs of the recipe `title`, and the rate to use."""
    write_atomically(path, rates_page(title, losses, suggestion, Words(language)))


def write_check_report(
    path: Path,
    ledger: Ledger,
    counts: Mapping[str, int],
    thumbs: Mapping[str, bytes],
    language: str = "en",
    title: str = "Kenali",
    suspects: Sequence[Suspect] | None = None,
    shortcuts: Sequence[Shortcut] = (),
) -> None:
    """Write the page of `kenali check`, which shows the photos alone; `counts` gives the used photos of each class.

    `suspects` are the photos whose label is doubtful, where somebody looked for them.
    `thumbs` maps a photo's path to a JPEG of its thumbnail: see `thumbnails_wanted`.
    """
    write_atomically(path, check_page(title, ledger, counts, thumbs, Words(language), suspects, shortcuts))


def write_augmentation_sheet(path: Path, sheet: AugmentationSheet, language: str = "en") -> None:
    """Write the page of `kenali augment`, which shows a few training photos altered."""
    write_atomically(path, augmentation_page(sheet, Words(language)))


def write_comparison(folder: Path, comparison: Comparison, thumbs: Mapping[str, bytes], language: str = "en") -> None:
    """Write the page of `kenali compare`, `comparison.json` and `differences.csv`, which lists all photos that differ.

    `thumbs` maps the path of a photo to show to a JPEG of its thumbnail.
    """
    write_atomically(folder / "index.html", comparison_page(comparison, thumbs, Words(language)))
    figures = json.dumps(comparison.as_json(), indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / "comparison.json", figures + "\n")
    write_atomically(folder / "differences.csv", differences_csv(comparison))
