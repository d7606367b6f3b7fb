"""`export`: a bundle written for another runtime, whole or not at all."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from itertools import chain, islice
from pathlib import Path
from typing import Any

from kenali.bundle import Bundle, open_bundle
from kenali.errors import KenaliError
from kenali.export.careful import carefully_rounded
from kenali.export.certificate import write_certificate
from kenali.export.graph import read_graph, write_graph
from kenali.export.graph_model import write_for_page, write_plain
from kenali.export.measure import compared, drawn_pictures, golden_photos, owners_photos
from kenali.export.onnx_copy import in_eight_bits, in_opset
from kenali.export.page_manifest import as_text, page_manifest
from kenali.export.parity import certify
from kenali.export.simplify import simplified
from kenali.export.storage import storage_of
from kenali.export.values import Export, Exportable, Precision, Rounding, Target
from kenali.export.web import assemble
from kenali.files import folder_atomically, write_atomically
from kenali.network import Network

Progress = Callable[..., None]
_POSSIBLE: dict[Target, tuple[Precision, ...]] = {  # the first is the default
    "tfjs": ("float32", "float16"),
    "web": ("int8", "float16", "float32"),
    "onnx": ("float32", "int8"),
}
_CALIBRATION = 100
"""Photos of the training part, at most, from which an 8-bit ONNX network takes the ranges of its activations."""


def export(
    bundle: str | Path,
    to: Target,
    out: str | Path,
    *,
    precision: Precision | None = None,
    opset: int | None = None,
    photos: str | Path | None = None,
    certificate: bool = True,
    language: str = "en",
    progress: Progress = lambda stage, done, total: None,
) -> Export:
    """Write the bundle for another runtime into the folder `out`, which must be new, empty or an earlier export.

    `precision` is that of the weights: float32 for `tfjs` and `onnx`, int8 for `web` unless chosen. What rounding costs is
    measured on the golden photos and on those of `photos` (a folder, ZIP or CSV) that the bundle did not learn from. `opset` is
    for `onnx` alone. With `certificate` the golden photos are replayed in the exported network, in a headless browser where
    one is found; a difference beyond the tolerance is a KenaliError that leaves nothing behind.
    """
    opened, out, photos = open_bundle(Path(bundle)), Path(out), Path(photos) if photos else None
    chosen = precision or _POSSIBLE[to][0]
    if chosen not in _POSSIBLE[to]:
        raise KenaliError(f"an export to {to} has no {chosen} weights; choose one of {', '.join(sorted(_POSSIBLE[to]))}")
    if opset is not None and to != "onnx":
        raise KenaliError("only an export to onnx has an operator set to choose")
    _refuse_occupied(out)
    with folder_atomically(out) as folder:
        if to == "onnx":
            network = _write_onnx(opened, folder, chosen, opset, photos)
        else:
            network = _write_graph_model(opened, folder, to, chosen)
        rounding = _rounding(opened, Network(network), photos, progress) if chosen != "float32" else None
        parity = _certified(opened, folder, rounding, language, progress) if certificate else None
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        names = tuple(path.relative_to(folder).as_posix() for path in files)
        size = sum(path.stat().st_size for path in files)
    return Export(out, to, chosen, names, size, rounding, parity)


def prepared(bundle: Bundle, precision: Precision) -> Exportable:
    """The bundle's graph, simplified and its weights rounded, by what the golden photos and drawn pictures show."""
    graph = simplified(read_graph(bundle.model.read_bytes()))
    storage = storage_of(graph, precision)
    if not storage:
        return Exportable(bundle, graph, storage, precision)
    pictures = [photo.pixels for photo in chain(golden_photos(bundle), drawn_pictures(bundle))]
    return Exportable(bundle, *carefully_rounded(graph, storage, pictures), precision)


def _write_graph_model(bundle: Bundle, folder: Path, to: Target, precision: Precision) -> bytes:
    """Write a TensorFlow.js graph model, alone or with the page; returns the same network as ONNX."""
    exportable = prepared(bundle, precision)
    if to == "tfjs":
        write_plain(exportable, folder)
    else:
        write_for_page(exportable, folder)
        assemble(folder, bundle.manifest)
    return write_graph(exportable.graph)


def _write_onnx(bundle: Bundle, folder: Path, precision: Precision, opset: int | None, photos: Path | None) -> bytes:
    """Write `model.onnx` and its `kenali.json`; returns the network."""
    model = bundle.model.read_bytes()
    if opset is not None:
        model = in_opset(model, opset)
    if precision == "int8":
        learned = islice(owners_photos(bundle, photos, learned=True), _CALIBRATION) if photos else ()
        model = in_eight_bits(model, chain(learned, golden_photos(bundle), drawn_pictures(bundle)))
    write_atomically(folder / "model.onnx", model)
    manifest = page_manifest(bundle, Network(model).outputs, precision, model, None)
    write_atomically(folder / "kenali.json", as_text(manifest))
    return model


def _rounding(bundle: Bundle, network: Network, photos: Path | None, progress: Progress) -> Rounding | None:
    seen = chain(golden_photos(bundle), owners_photos(bundle, photos) if photos else ())
    temperature = bundle.manifest.calibration.temperature
    return compared(Network(bundle.model), network, seen, temperature, lambda done: progress("predict", done, 0))


def _certified(bundle: Bundle, folder: Path, rounding: Rounding | None, language: str, progress: Progress) -> dict[str, Any]:
    """Replay the golden photos, write `parity.json` and its page, and return what the former holds."""
    certificate = certify(bundle, folder, rounding, progress)
    write_certificate(folder, certificate, language)
    return certificate.document()


def _refuse_occupied(out: Path) -> None:
    """Only an earlier export or an empty folder is ever replaced."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not any(_is_manifest(out / place / "kenali.json") for place in (".", "model")):
        raise KenaliError(f"{out} exists and is no export: choose another name, nothing was changed")


def _is_manifest(file: Path) -> bool:
    """Whether a file is an export's `kenali.json`, not a bundle's."""
    with contextlib.suppress(OSError, ValueError):
        document = json.loads(file.read_text(encoding="utf-8"))
        return isinstance(document, dict) and "weights_sha256" in document
    return False
