"""Finished cells on disk, one JSON file each, so that a study that was stopped goes on where it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kenali.errors import KenaliError
from kenali.files import write_atomically
from kenali.study.cell import Cell, Figures

Inputs = Mapping[str, str]
"""What all cells of a study rest on: `kind`, `photos` (a fingerprint) and `recipe` (TOML)."""


class CellStore:
    """The folder of one study: `inputs.json` says what its cells rest on, `cells/` holds them."""

    def __init__(self, folder: Path) -> None:
        self._cells = folder / "cells"
        self._about = folder / "inputs.json"

    def begin(self, inputs: Inputs) -> tuple[str, ...]:
        """Make the folder this study's, and say which inputs have changed since its cells were made; those cells go.

        Raises KenaliError where the folder holds a study of another kind.
        """
        earlier = _read(self._about)
        if earlier.get("kind", inputs["kind"]) != inputs["kind"]:
            raise KenaliError(
                f"{self._about.parent} holds a study of the kind {earlier['kind']}; choose another folder with -o, or remove it"
            )
        changed = tuple(name for name in inputs if earlier and earlier.get(name) != inputs[name])
        if changed:
            for file in self._cells.glob("*.json"):
                if "digest" in _read(file):
                    file.unlink()
        if changed or not earlier:
            write_atomically(self._about, json.dumps(dict(inputs), indent=1))
        return changed

    def find(self, cell: Cell) -> Figures | None:
        """What this very cell found in an earlier run, or None."""
        document = _read(self._path(cell))
        found = document.get("figures")
        return found if document.get("digest") == cell.digest and isinstance(found, dict) else None

    def all_figures(self) -> Iterator[Figures]:
        """What every cell found, in the order of their names."""
        for file in sorted(self._cells.glob("*.json")):
            found = _read(file).get("figures")
            if isinstance(found, dict):
                yield found

    def save(self, cell: Cell, figures: Figures) -> None:
        """Write the cell at once and whole."""
        document = {
            "digest": cell.digest,
            "setting": cell.setting.code,
            "value": cell.setting.value,
            "seed": cell.seed,
            "method": cell.setting.name,
            "parameters": cell.setting.parameters,
            "figures": figures,
        }
        write_atomically(self._path(cell), json.dumps(document, indent=1))

    def _path(self, cell: Cell) -> Path:
        value = "" if cell.setting.value is None else f"-{cell.setting.value:g}"
        name = re.sub(r"[^\w.-]", "_", f"{cell.setting.code}{value}")[:60]
        return self._cells / f"seed{cell.seed}-{name}-{cell.digest}.json"


def _read(path: Path) -> Figures:
    """A JSON object, or an empty one where there is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
