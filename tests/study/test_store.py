from __future__ import annotations

from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.study.cell import Cell, Setting
from kenali.study.store import CellStore

INPUTS = {"kind": "robustness", "photos": "a", "recipe": "b"}
CELL = Cell(Setting("a/../b", 0.5, "frozen", {"x": 1}), 3)


def test_a_finished_cell_is_found_again(tmp_path: Path) -> None:
    store = CellStore(tmp_path)
    assert store.begin(INPUTS) == ()
    assert store.find(CELL) is None
    store.save(CELL, {"accuracy": 0.5})
    again = CellStore(tmp_path)
    assert again.begin(INPUTS) == ()
    assert again.find(CELL) == {"accuracy": 0.5}
    assert again.find(Cell(CELL.setting, 4)) is None
    assert again.find(Cell(Setting("a/../b", 0.5, "frozen", {"x": 2}), 3)) is None
    assert [path.parent.name for path in tmp_path.rglob("*.json")].count("cells") == 1


@pytest.mark.parametrize("changed", ["photos", "recipe"])
def test_changed_inputs_begin_anew_and_leave_other_files(tmp_path: Path, changed: str) -> None:
    store = CellStore(tmp_path)
    store.begin(INPUTS)
    store.save(CELL, {"accuracy": 0.5})
    (tmp_path / "cells" / "mine.json").write_text("{}")
    assert store.begin(INPUTS | {changed: "other"}) == (changed,)
    assert store.find(CELL) is None
    assert (tmp_path / "cells" / "mine.json").exists()
    assert store.begin(INPUTS | {changed: "other"}) == ()


def test_a_folder_of_another_study_is_refused(tmp_path: Path) -> None:
    CellStore(tmp_path).begin(INPUTS)
    with pytest.raises(KenaliError, match="robustness"):
        CellStore(tmp_path).begin(INPUTS | {"kind": "options"})


def test_a_damaged_cell_is_computed_again(tmp_path: Path) -> None:
    store = CellStore(tmp_path)
    store.begin(INPUTS)
    store.save(CELL, {"accuracy": 0.5})
    (path,) = (tmp_path / "cells").iterdir()
    for damage in ("", "[1]", '{"digest": "other", "figures": {}}', f'{{"digest": "{CELL.digest}"}}'):
        path.write_text(damage)
        assert store.find(CELL) is None
