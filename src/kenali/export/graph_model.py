"""The files of a TensorFlow.js export: `model.json`, `weights.bin`, `kenali.json`, and what the page needs besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kenali.bundle.known import read_known
from kenali.export.head import head_of
from kenali.export.page_manifest import as_text, page_manifest
from kenali.export.rebuild import rebuild
from kenali.export.tfjs import GraphModel, draw
from kenali.export.values import Exportable
from kenali.files import write_atomically


def write_plain(exportable: Exportable, folder: Path) -> None:
    """The files that any TensorFlow.js program can load, straight in `folder`."""
    _write(exportable, draw(exportable.graph, exportable.storage), folder, plain=True)


def write_for_page(exportable: Exportable, folder: Path) -> None:
    """The files in `folder/model` that the page loads, with `weights.json`, which says how it expands the weights.

    Where the bundle tells of its prototypes, `rebuild.onnx` and `learning` in `kenali.json` let the page learn.
    """
    model = draw(exportable.graph, exportable.storage)
    head, known = head_of(exportable.graph), read_known(exportable.bundle.path, len(exportable.bundle.manifest.class_names))
    learning = None
    if head and head.prototypes and known:
        rebuilt = rebuild(exportable.graph, head.features, model.weights)
        write_atomically(folder / "model" / "rebuild.onnx", rebuilt.model)
        learning = rebuilt.learning(known)
    _write(exportable, model, folder / "model", plain=False, more={"learning": learning})


def _write(exportable: Exportable, model: GraphModel, folder: Path, plain: bool, more: Mapping[str, Any] | None = None) -> None:
    topology, stored, numbers = model.files(plain)
    manifest = page_manifest(exportable.bundle, model.outputs, exportable.precision, numbers, model.head)
    write_atomically(folder / "weights.bin", numbers)
    write_atomically(folder / "model.json", json.dumps(topology, separators=(",", ":"), allow_nan=False))
    if not plain:
        write_atomically(folder / "weights.json", json.dumps(stored, separators=(",", ":")))
    write_atomically(folder / "kenali.json", as_text({**manifest, **(more or {})}))
