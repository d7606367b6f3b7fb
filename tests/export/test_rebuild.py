"""`rebuild.onnx`, completed by nothing but appended bytes, is the bundle's network again."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from kenali.bundle.graph import attach_head
from kenali.bundle.novelty import Prototypes, attach_novelty, unit_length
from kenali.export.graph import read_graph, write_graph
from kenali.export.head import head_of
from kenali.export.rebuild import STORED, Rebuild, rebuild
from kenali.export.simplify import simplified
from kenali.export.storage import Encoding, quantised, rounded, storage_of
from kenali.export.tfjs import draw
from kenali.export.tfjs.weights import Weight
from kenali.network import Network
from kenali.types import FloatArray

CLASSES, LENGTH, KNOWN = 3, 40, 7


def network(rng: np.random.Generator) -> bytes:
    """A small convolutional network with a head and a novelty score."""

    def drawn(*shape: int) -> FloatArray:
        return rng.normal(size=shape).astype(np.float32) / 9

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
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, 32, 32])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", LENGTH])],
        [
            helper.make_tensor("white", TensorProto.FLOAT, [], [255.0]),
            *(numpy_helper.from_array(kernel, name) for name, kernel in kernels.items()),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10).SerializeToString()
    model = attach_head(model, drawn(CLASSES, LENGTH), drawn(CLASSES))
    return attach_novelty(model, Prototypes(unit_length(drawn(KNOWN, LENGTH))))


def completed(rebuilt: Rebuild, weights: tuple[Weight, ...], weight: FloatArray, bias: FloatArray, unit: FloatArray) -> bytes:
    """What the page does: one more `graph` message at the end."""
    added = onnx.ModelProto()

    def add(name: str, values: np.ndarray) -> None:  # type: ignore[type-arg]
        added.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))

    for one in weights:
        if one.name not in rebuilt.missing:
            continue
        if one.encoding == "int8":
            codes, scales = quantised(one.values)
            add(STORED + one.name, codes)
            add(f"{STORED}{one.name}.scale", scales)
        else:
            add(STORED + one.name, one.values.astype({"float32": np.float32, "float16": np.float16}[one.encoding]))
    for name, values in {
        "head.weight": weight,
        "head.bias": bias,
        "novelty.prototypes": unit.T,
        "novelty.neighbours": np.array([3], np.int64),
    }.items():
        add(name, values)
    return rebuilt.model + bytes(added.SerializeToString())


@pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
def test_the_completed_graph_answers_as_the_rounded_network(precision: Encoding) -> None:
    rng = np.random.default_rng(0)
    graph = simplified(read_graph(network(rng)))
    storage = storage_of(graph, precision)
    graph = rounded(graph, storage)
    drawn, head = draw(graph, storage), head_of(graph)
    assert head
    rebuilt = rebuild(graph, head.features, drawn.weights)
    assert rebuilt.outputs == ("logits", "maps", "novelty")
    assert len(rebuilt.missing) == 3
    assert len(rebuilt.model) < 4000

    pixels = rng.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    weight, bias, unit = (graph.constants[name] for name in ("head.weight", "head.bias", "novelty.prototypes"))
    again = Network(completed(rebuilt, drawn.weights, weight, bias, unit.T))(pixels)
    expected = Network(write_graph(graph))(pixels)
    for name in rebuilt.outputs:
        np.testing.assert_allclose(again[name], expected[name], atol=1e-5)

    more = np.concatenate([weight, weight[:1] + 1]), np.append(bias, 0).astype(np.float32), np.tile(unit.T, (5, 1))
    wider = Network(completed(rebuilt, drawn.weights, *more))(pixels)
    assert wider["logits"].shape == (2, CLASSES + 1)
    np.testing.assert_allclose(wider["logits"][:, :CLASSES], again["logits"], atol=1e-5)


def test_a_constant_that_no_weight_holds_stays_in_the_graph() -> None:
    model = network(np.random.default_rng(1))
    graph = simplified(read_graph(model))
    head = head_of(graph)
    assert head
    rebuilt = rebuild(graph, head.features, ())
    assert rebuilt.missing == ()
    weight, bias, unit = (graph.constants[name] for name in ("head.weight", "head.bias", "novelty.prototypes"))
    whole, pixels = Network(completed(rebuilt, (), weight, bias, unit.T)), np.zeros((1, 32, 32, 3), np.uint8)
    np.testing.assert_allclose(whole(pixels)["logits"], Network(model)(pixels)["logits"], atol=1e-5)
