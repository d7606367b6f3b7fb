"""What a run writes down while it goes on: a table, a page of curves that refreshes itself, and TensorBoard's files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from kenali.errors import MissingExtra
from kenali.evaluation import write_curves
from kenali.files import write_atomically
from kenali.types import EpochEnd


def history_csv(history: Sequence[EpochEnd]) -> str:
    """One line an epoch: epoch, learning_rate, train_loss, train_accuracy, val_loss, val_accuracy."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [field.name for field in fields(EpochEnd)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(epoch) for epoch in history)
    return out.getvalue()


class Logs:
    """Writes `history.csv` and `curves.html` into `folder` after each epoch, and events for TensorBoard where asked for."""

    def __init__(self, folder: Path, title: str, epochs: int, language: str = "en", tensorboard: Path | None = None) -> None:
        self.history: list[EpochEnd] = []
        self._folder, self._title, self._epochs, self._language = folder, title, epochs, language
        self._writer = _summary_writer(tensorboard) if tensorboard else None

    def add(self, event: EpochEnd) -> None:
        self.history.append(event)
        write_atomically(self._folder / "history.csv", history_csv(self.history))
        write_curves(self._folder / "curves.html", self._title, self.history, self._epochs, self._language)
        if self._writer is not None:
            for name, value in asdict(event).items():
                if name != "epoch" and value is not None:
                    self._writer.add_scalar(name, value, event.epoch)
            self._writer.flush()


def _summary_writer(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingExtra("writing for TensorBoard", "tensorboard", error) from error
    return SummaryWriter(str(folder))
