"""`rebuild.onnx`, completed by nothing but appended bytes, is the bundle's network again."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from kenali.bundle.graph import attach_head
from kenali.bundle.novelty import Prototypes, attach_novelty, unit_length
from kenali.export.graph import Array, read_graph, write_graph
from kenali.export.head import head_of
from kenali.export.rebuild import STORED, Rebuild, rebuild
from kenali.export.simplify import simplified
from kenali.export.storage import Encoding, quantised, rounded, storage_of
from kenali.export.tfjs import draw
from kenali.export.tfjs.weights import Weight
from kenali.network import Network
from kenali.types import FloatArray
from tests.export.small import LENGTH, dense_trunk, trunk

CLASSES, KNOWN = 3, 30


def network(rng: np.random.Generator) -> bytes:
    """The small network with a random head and random prototypes."""
    weight, bias, known = (rng.normal(size=shape).astype(np.float32) for shape in ((CLASSES, LENGTH), CLASSES, (KNOWN, LENGTH)))
    return attach_novelty(attach_head(trunk(rng), weight, bias), Prototypes(unit_length(known)))


def completed(rebuilt: Rebuild, weights: tuple[Weight, ...], weight: FloatArray, bias: FloatArray, unit: FloatArray) -> bytes:
    """What the page does: one more `graph` message at the end."""
    added = onnx.ModelProto()

    def add(name: str, values: Array) -> None:
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
    learned: dict[str, Array] = {
        "head.weight": weight,
        "head.bias": bias,
        "novelty.prototypes": unit.T,
        "novelty.neighbours": np.array([3], np.int64),
    }
    for name, values in learned.items():
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

    more = np.concatenate([weight, weight[:1] + 1]), np.append(bias, 0).astype(np.float32), np.tile(unit.T, (2, 1))
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


def test_a_network_that_ends_in_dense_layers_is_completed_too() -> None:
    """Behind a flattened map, as the studies' networks do; it has no maps of its own."""
    rng = np.random.default_rng(2)
    weight, bias, known = (rng.normal(size=shape).astype(np.float32) for shape in ((CLASSES, LENGTH), CLASSES, (KNOWN, LENGTH)))
    model = attach_novelty(attach_head(dense_trunk(rng), weight, bias), Prototypes(unit_length(known)))
    graph = simplified(read_graph(model))
    storage = storage_of(graph, "int8")
    graph = rounded(graph, storage)
    drawn, head = draw(graph, storage), head_of(graph)
    assert head
    rebuilt = rebuild(graph, head.features, drawn.weights)
    assert rebuilt.outputs == ("logits", "novelty")
    assert len(rebuilt.missing) == 2
    pixels = rng.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    prototypes = graph.constants["novelty.prototypes"].T
    again = Network(completed(rebuilt, drawn.weights, graph.constants["head.weight"], bias, prototypes))(pixels)
    expected = Network(write_graph(graph))(pixels)
    for name in rebuilt.outputs:
        np.testing.assert_allclose(again[name], expected[name], rtol=1e-5, atol=1e-5)
