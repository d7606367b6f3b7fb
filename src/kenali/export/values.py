"""What an export is, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from kenali.bundle import Bundle
from kenali.export.graph import Graph
from kenali.export.storage import Storage

Target = Literal["tfjs", "web", "onnx"]
Precision = Literal["float32", "float16", "int8"]
TARGETS: tuple[Target, ...] = ("tfjs", "web", "onnx")
PRECISIONS: tuple[Precision, ...] = ("float32", "float16", "int8")


@dataclass(frozen=True, slots=True)
class Exportable:
    """A bundle on its way out: its graph simplified, its weights already rounded to `precision`.

    `storage` says how each of the graph's constants is to be stored, float32 where it does not tell; nothing is lost then.
    """

    bundle: Bundle
    graph: Graph
    storage: Mapping[str, Storage]
    precision: Precision


@dataclass(frozen=True, slots=True)
class Rounding:
    """What rounding the weights changed on `n` photos, both networks under ONNX Runtime in Python.

    `accuracy` and `accuracy_before` are shares of the `labelled` photos, None where there is none.
    """

    n: int
    max_abs_diff: float
    mean_abs_diff: float
    top1_agreement: float
    labelled: int = 0
    accuracy_before: float | None = None
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """A finished export: its files, relative to `folder`, and how many bytes they take.

    `rounding` is None where the weights are as they were, `parity` (what `parity.json` holds) where no certificate was wanted.
    """

    folder: Path
    target: Target
    precision: Precision
    files: tuple[str, ...]
    bytes: int
    rounding: Rounding | None = None
    parity: dict[str, Any] | None = None

    @property
    def document(self) -> dict[str, Any]:
        """What `kenali export --json` prints."""
        facts = {"folder": str(self.folder), "target": self.target, "precision": self.precision}
        rounding = asdict(self.rounding) if self.rounding else None
        return {**facts, "files": list(self.files), "bytes": self.bytes, "rounding": rounding, "parity": self.parity}
