"""Every kind of network that Kenali trains, under TensorFlow.js in Node: size, and difference from ONNX Runtime.

    python benchmarks/exported_networks.py [NAME ...]

Weights are as PyTorch draws them, norms have the statistics of some drawn pictures (those that begin at zero a factor of .2),
and heads are scaled so that logits spread by about 3: a network that is undecided would hide every error. Differences are the
largest of a probability over six drawn pictures, against the unrounded network.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from measure import save
from PIL import Image

from kenali.export.careful import carefully_rounded
from kenali.export.graph import Graph, read_graph
from kenali.export.simplify import simplified
from kenali.export.storage import storage_of
from kenali.export.tfjs import draw
from kenali.models.networks import NETWORKS
from kenali.models.pretrained import head_of, network_spec
from kenali.network import Network, softmax
from kenali.training.network_learner import network_graph
from kenali.types import Pixels
from tests.export.graph_models import Job, run_all

NAMES = (
    *NETWORKS,
    "efficientnet_lite0",
    "mobilenetv2_100",
    "googlenet",
    "resnet18",
    "resnet50",
    "resnet152",
    "inception_resnet_v2",
)
CLASSES = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES)
    rows = []
    for name in parser.parse_args().names:
        rows.append(measured(name))
        print(rows[-1], flush=True)
    save("exported_networks", rows)


def measured(name: str) -> dict[str, object]:
    """Size in megabytes and difference at each precision."""
    model, pixels, others = network(name)
    expected = softmax(Network(model)(pixels, "logits")["logits"])
    graph = simplified(read_graph(model))
    row: dict[str, object] = {"network": name}
    with tempfile.TemporaryDirectory() as folder:
        for precision in ("float32", "float16", "int8"):
            out = Path(folder) / precision
            size = write(graph, out, precision, others)
            (answer,) = run_all([Job(out, pixels.astype(np.float32), ("logits",))], Path(folder))
            difference = np.abs(softmax(answer["logits"]) - expected).max()
            row |= {f"{precision}_mb": round(size / 1e6, 2), f"{precision}_diff": f"{difference:.1e}"}
    return row


def network(name: str) -> tuple[bytes, Pixels, Pixels]:
    """The ONNX model, six pictures to judge by and sixteen to round by, uint8 (n, h, w, c)."""
    torch.manual_seed(0)
    spec = network_spec(name, "shipped" if name.startswith("efficientnet_lite") else "none")
    module = spec.build(spec.outputs(2 if spec.head == "sigmoid" else CLASSES))
    height, width = spec.preprocessing.image_size
    drawn = np.stack([picture(seed, (width, height), spec.preprocessing.channels) for seed in range(22)])
    pixels, others = drawn[:6], drawn[6:]
    seen = torch.from_numpy(pixels.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    for part in module.modules():
        if isinstance(part, torch.nn.modules.batchnorm._BatchNorm) and "lite" not in name:
            part.momentum = 1.0
            if not part.weight.any():
                part.weight.data.fill_(0.2)
    with torch.no_grad():
        if "lite" not in name:
            module.train()(seen)
        head, spread = head_of(module), float(module.eval()(seen).std())
        for tensor in (head.weight, head.bias):
            tensor *= 3 / max(spread, 0.1)
    return network_graph(module, spec), pixels, others


def picture(seed: int, size: tuple[int, int], channels: int) -> Pixels:
    """Smooth colours under noise."""
    generator = np.random.default_rng(seed)
    planes = [Image.fromarray(generator.integers(0, 256, (5, 5), dtype=np.uint8)).resize(size) for _ in range(channels)]
    smooth = np.stack([np.asarray(plane) for plane in planes], axis=-1) * 0.7
    mixed: Pixels = (smooth + generator.integers(0, 77, smooth.shape)).astype(np.uint8)
    return mixed


def write(graph: Graph, folder: Path, precision: str, pixels: Pixels) -> int:
    """Write the graph model as an export does; returns its bytes."""
    storage = storage_of(graph, precision)
    graph, storage = carefully_rounded(graph, storage, list(pixels))
    topology, stored, numbers = draw(graph, storage).files(plain=precision != "int8")
    folder.mkdir()
    (folder / "model.json").write_text(json.dumps(topology, separators=(",", ":")))
    (folder / "weights.bin").write_bytes(numbers)
    if precision == "int8":
        (folder / "weights.json").write_text(json.dumps(stored))
    return sum(file.stat().st_size for file in folder.iterdir())


if __name__ == "__main__":
    main()
