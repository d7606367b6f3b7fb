"""What a run writes down while it goes on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.training.logs import Logs, history_csv
from kenali.types import EpochEnd

EPOCHS = [EpochEnd(1, 0.01, 0.9, 0.5, 0.8, 0.6), EpochEnd(2, 0.005, 0.6, 0.7)]


def test_the_table_has_a_line_an_epoch() -> None:
    lines = history_csv(EPOCHS).splitlines()
    assert lines[0] == "epoch,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy"
    assert lines[1:] == ["1,0.01,0.9,0.5,0.8,0.6", "2,0.005,0.6,0.7,,"]


@pytest.mark.parametrize(("language", "told"), [("en", "2 of 3 epochs are done"), ("id", "2 dari 3 epoch selesai")])
def test_curves_refresh_until_the_last_epoch(language: str, told: str, tmp_path: Path) -> None:
    logs = Logs(tmp_path, "mine", 3, language)
    for event in EPOCHS:
        logs.add(event)
    page = (tmp_path / "curves.html").read_text(encoding="utf-8")
    assert told in page
    assert 'http-equiv="refresh"' in page
    assert "<polyline" in page
    logs.add(EpochEnd(3, 0.001, 0.4, 0.9))
    assert 'http-equiv="refresh"' not in (tmp_path / "curves.html").read_text(encoding="utf-8")
    assert len((tmp_path / "history.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_tensorboard_files_are_written_where_it_is_installed(tmp_path: Path) -> None:
    if importlib.util.find_spec("tensorboard") is None:
        with pytest.raises(KenaliError, match=r"kenali\[tensorboard\]"):
            Logs(tmp_path, "mine", 2, tensorboard=tmp_path / "board")
        return
    Logs(tmp_path, "mine", 2, tensorboard=tmp_path / "board").add(EPOCHS[0])
    assert list((tmp_path / "board").glob("events.*"))
