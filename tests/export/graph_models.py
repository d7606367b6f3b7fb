"""Graph models run by TensorFlow.js in Node, many in one process, beside ONNX Runtime."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kenali.export.graph import Graph, read_graph
from kenali.export.simplify import simplified
from kenali.export.storage import rounded, storage_of
from kenali.export.tfjs import draw
from kenali.types import FloatArray

WEB = Path(__file__).parents[2] / "web"


@dataclass(frozen=True, slots=True)
class Job:
    """A written model, what goes in (n, h, w, c), and the outputs wanted."""

    folder: Path
    pixels: FloatArray
    outputs: tuple[str, ...]


def require_tfjs() -> None:
    """Skip where Node or the page's packages are absent."""
    if shutil.which("node") is None:
        pytest.skip("there is no node to run TensorFlow.js in")
    if not (WEB / "node_modules" / "@tensorflow" / "tfjs-backend-wasm").is_dir():
        pytest.skip("TensorFlow.js is not installed (npm ci in web/)")


def write(graph: Graph, folder: Path, precision: str = "float32", plain: bool = True) -> Graph:
    """Write a simplified graph as a graph model; returns the graph as rounded."""
    storage = storage_of(graph, precision)
    graph = rounded(graph, storage)
    topology, stored, numbers = draw(graph, storage).files(plain)
    folder.mkdir(parents=True)
    (folder / "model.json").write_text(json.dumps(topology))
    (folder / "weights.bin").write_bytes(numbers)
    if not plain:
        (folder / "weights.json").write_text(json.dumps(stored))
    return graph


def run_all(jobs: Sequence[Job], work: Path, backend: str = "wasm") -> list[dict[str, FloatArray]]:
    """What TensorFlow.js answers to each job, output by name, maps channels last; fails with its error."""
    listed: list[dict[str, Any]] = []
    for number, job in enumerate(jobs):
        file = work / f"{number}.bin"
        file.write_bytes(np.ascontiguousarray(job.pixels, np.float32).tobytes())
        facts: dict[str, Any] = {"model": str(job.folder), "input": str(file), "shape": job.pixels.shape}
        listed.append({**facts, "outputs": job.outputs, "out": str(work / f"out{number}")})
    (work / "jobs.json").write_text(json.dumps(listed))
    command = ["node", str(WEB / "tools" / "run_graph.mjs"), backend, str(work / "jobs.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = []
    for job, facts, result in zip(jobs, listed, json.loads(done.stdout.splitlines()[-1]), strict=True):
        assert "error" not in result, f"{job.folder.name}: {result.get('error')}"
        out = Path(facts["out"])
        answers.append(
            {name: np.fromfile(out / f"{name}.bin", "<f4").reshape(shape) for name, shape in result["shapes"].items()}
        )
    return answers


def simplified_graph(model: bytes) -> Graph:
    return simplified(read_graph(model))
