"""Whole networks: TensorFlow.js answers as ONNX Runtime does, on prepared pixels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kenali.export.graph import Graph, write_graph
from kenali.export.storage import rounded, storage_of
from kenali.models.networks import NETWORKS
from kenali.models.pretrained import head_of, network_spec
from kenali.network import Network, softmax
from kenali.training.network_learner import network_graph
from kenali.types import FloatArray, Pixels
from tests.conftest import picture
from tests.export.graph_models import Job, require_tfjs, run_all, simplified_graph, write
from tests.tiny import doubting_model

TOLERANCE = {"float32": 1e-4, "float16": 1e-2}
NAMES = (*NETWORKS, "resnet18")  # the others: benchmarks/exported_networks.py


@dataclass(frozen=True)
class Ready:
    """A network with random weights, its simplified graph, and pixels uint8 (n, h, w, c) to ask it about."""

    graph: Graph
    model: bytes
    pixels: Pixels


def ready(name: str) -> Ready:
    """With the norms' statistics of some pictures, and a head that is not all but undecided."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    spec = network_spec(name, "none")
    network = spec.build(spec.outputs(2))
    height, width = spec.preprocessing.image_size
    colours = [np.asarray(picture(seed, (height, width))) for seed in range(3)]
    pixels = np.stack([one if spec.preprocessing.channels == 3 else one[:, :, :1] for one in colours])
    seen = torch.from_numpy(pixels.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    for module in network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = 1.0
            module.weight.data.uniform_(0.7, 1.3)
    with torch.no_grad():
        network.train()(seen)
        head = head_of(network)
        for tensor in (head.weight, head.bias):
            tensor *= min(50.0, 1 / float(network.eval()(seen).std()))
    model = network_graph(network.eval(), spec)
    return Ready(simplified_graph(model), model, pixels)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[dict[str, FloatArray], Ready]]:
    """What TensorFlow.js says, by network and precision, beside the network."""
    require_tfjs()
    work = tmp_path_factory.mktemp("networks")
    jobs, keys = [], []
    for name in NAMES:
        network = ready(name)
        for precision in TOLERANCE:
            folder = work / f"{name}-{precision}"
            write(network.graph, folder, precision)
            outputs = json.loads((folder / "model.json").read_text())["signature"]["outputs"]
            jobs.append(Job(folder, network.pixels.astype(np.float32), tuple(outputs)))
            keys.append((name, precision, network))
    found = run_all(jobs, work)
    return {(name, precision): (one, network) for (name, precision, network), one in zip(keys, found, strict=True)}


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("name", NAMES)
def test_probabilities_agree(name: str, precision: str, answers: dict[Any, Any]) -> None:
    found, network = answers[name, precision]
    expected = Network(network.model)(network.pixels)
    assert np.abs(softmax(found["logits"]) - softmax(expected["logits"])).max() <= TOLERANCE[precision]
    if "maps" in expected and precision == "float32":
        np.testing.assert_allclose(found["maps"], expected["maps"].transpose(0, 2, 3, 1), atol=1e-3)
        mean = found["feature_map"].mean(axis=(1, 2))
        np.testing.assert_allclose(found["features"], mean, atol=1e-4)


def test_eight_bits_are_what_onnx_runtime_was_asked_about(tmp_path: Path) -> None:
    """The page's weights, expanded, give what the rounded graph gives under ONNX Runtime."""
    require_tfjs()
    network = ready("xray-small")
    graph = write(network.graph, tmp_path / "model", "int8", plain=False)
    assert (tmp_path / "model" / "weights.bin").stat().st_size < 1.2e6
    (found,) = run_all([Job(tmp_path / "model", network.pixels.astype(np.float32), ("logits",))], tmp_path)
    expected = Network(write_graph(graph))(network.pixels, "logits")
    np.testing.assert_allclose(softmax(found["logits"]), softmax(expected["logits"]), atol=1e-5)


def test_every_output(tmp_path: Path) -> None:
    require_tfjs()
    graph = simplified_graph(doubting_model())
    write(graph, tmp_path / "model")
    pixels = np.stack([np.asarray(picture(seed, (32, 32))) for seed in range(4)])
    outputs = ("logits", "novelty", "maps", "features", "feature_map")
    (found,) = run_all([Job(tmp_path / "model", pixels.astype(np.float32), outputs)], tmp_path)
    expected = Network(doubting_model())(pixels)
    for name in ("logits", "novelty"):
        np.testing.assert_allclose(found[name], expected[name], atol=1e-5)
    np.testing.assert_allclose(found["maps"], expected["maps"].transpose(0, 2, 3, 1), atol=1e-5)
    np.testing.assert_allclose(found["feature_map"], pixels / np.float32(255), atol=1e-6)


def test_simplifying_changes_no_answer() -> None:
    network = ready("tyres")
    graph = rounded(network.graph, storage_of(network.graph, "float32"))
    assert graph.nodes[-1].op == "Gemm"
    assert graph.constants["head.weight"].shape == (2, 64)
    first, second = Network(network.model)(network.pixels), Network(write_graph(graph))(network.pixels)
    np.testing.assert_allclose(first["logits"], second["logits"], atol=1e-5)
