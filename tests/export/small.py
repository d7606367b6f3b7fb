"""A small convolutional network, large enough that its kernels are stored apart, and a bundle around it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from kenali.bundle.golden import draw, write_golden
from kenali.bundle.graph import attach_head
from kenali.bundle.known import known_photos, write_known
from kenali.bundle.manifest import Golden, Manifest, Sets, Thresholds
from kenali.bundle.novelty import attach_novelty
from kenali.bundle.store import seal, writable_bundle
from kenali.evaluation.novelty import fit_prototypes
from kenali.images import decode, preprocess
from kenali.network import Network
from kenali.training.head import Examples, class_weights, fit_head
from kenali.types import FloatArray, Pixels, Preprocessing

LENGTH = 40
PREPROCESSING = Preprocessing((32, 32), crop_pct=1.0)
COLOURS = {"red": (200, 60, 60), "green": (60, 180, 70), "blue": (50, 70, 190), "yellow": (210, 200, 60)}


def trunk(rng: np.random.Generator) -> bytes:
    """From pixels (n, 3, 32, 32) to features (n, 40): a plain, a depthwise and a pointwise convolution."""

    def drawn(*shape: int) -> FloatArray:
        return (rng.normal(size=shape) / 9).astype(np.float32)

    kernels = {"plain": drawn(32, 3, 5, 5), "deep": drawn(32, 1, 6, 6), "point": drawn(LENGTH, 32, 1, 1)}
    nodes = [
        helper.make_node("Div", ["pixels", "white"], ["scaled"]),
        helper.make_node("Conv", ["scaled", "plain"], ["a"], strides=[2, 2]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "deep"], ["c"], group=32),
        helper.make_node("Conv", ["c", "point"], ["e"]),
        helper.make_node("GlobalAveragePool", ["e"], ["f"]),
        helper.make_node("Flatten", ["f"], ["features"]),
    ]
    return _network(nodes, kernels)


def dense_trunk(rng: np.random.Generator) -> bytes:
    """From pixels (n, 3, 32, 32) to features (n, 40): a convolution, and a dense layer on its flattened map."""

    def drawn(*shape: int) -> FloatArray:
        return (rng.normal(size=shape) / 9).astype(np.float32)

    kernels = {"plain": drawn(16, 3, 5, 5), "dense": drawn(LENGTH, 16 * 7 * 7), "bias": drawn(LENGTH)}
    nodes = [
        helper.make_node("Div", ["pixels", "white"], ["scaled"]),
        helper.make_node("Conv", ["scaled", "plain"], ["a"], strides=[4, 4]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Flatten", ["b"], ["c"]),
        helper.make_node("Gemm", ["c", "dense", "bias"], ["e"], transB=1),
        helper.make_node("Relu", ["e"], ["features"]),
    ]
    return _network(nodes, kernels)


def _network(nodes: list[Any], constants: dict[str, FloatArray]) -> bytes:
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, 32, 32])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", LENGTH])],
        [
            helper.make_tensor("white", TensorProto.FLOAT, [], [255.0]),
            *(numpy_helper.from_array(values, name) for name, values in constants.items()),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return bytes(model.SerializeToString())


def photo(colour: str, seed: int) -> bytes:
    """A mottled picture of about a colour, 40 x 44, as PNG."""
    rng = np.random.default_rng([seed, *colour.encode()])
    coarse = np.array(COLOURS[colour]) + rng.normal(0, 45, (6, 6, 3))
    image = Image.fromarray(coarse.clip(0, 255).astype(np.uint8)).resize((40, 44), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def seen(data: bytes) -> Pixels:
    """What the network sees of a photo, uint8 (32, 32, 3)."""
    return preprocess(decode(data).image, PREPROCESSING)


def write_small_bundle(path: Path, class_names: tuple[str, ...], photos_each: int, known: bool = True) -> Path:
    """A bundle that learned drawn photos of these colours; without `known`, as Kenali wrote them before prototypes.json."""
    network = trunk(np.random.default_rng(0))
    labels = np.repeat(np.arange(len(class_names)), photos_each)
    pixels = np.stack([seen(photo(class_names[label], seed)) for seed, label in enumerate(labels)])
    features = Network(network)(pixels)["features"]
    weights = class_weights(labels, len(class_names))
    head = fit_head(Examples(features, labels, weights, np.arange(len(labels)), len(class_names)), 1.0)
    model = attach_novelty(attach_head(network, head.weight, head.bias), fit_prototypes(features, labels))
    with writable_bundle(path) as folder:
        (folder / "model.onnx").write_bytes(model)
        if known:
            write_known(folder, known_photos(features, labels, [str(n) for n in range(len(labels))]))
        golden = Golden(count=write_golden(folder, draw(2), Network(model), PREPROCESSING))
        read = {"thresholds": Thresholds(reject=0.05), "sets": Sets(coverage=0.9, least=0.0)}
        outputs = Network(model).outputs
        named = Manifest(name=path.name, class_names=class_names, preprocessing=PREPROCESSING, golden=golden, outputs=outputs)
        seal(folder, named.model_copy(update=read))
    return path
