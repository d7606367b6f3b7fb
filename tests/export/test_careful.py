"""Careful rounding: on the grid of the same scales, and nearer to the network's own answers than plain rounding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.parser import parse_node

from kenali.export.careful import carefully_rounded
from kenali.export.graph import Graph, write_graph
from kenali.export.storage import Storage, rounded, scales_of
from kenali.network import Network
from kenali.types import FloatArray, Pixels
from tests.conftest import picture
from tests.export.graph_models import simplified_graph


def network(*steps: str, **shapes: tuple[int, ...]) -> Graph:
    """A simplified graph from pixels (n, 3, 24, 24), in ONNX's notation, its constants drawn by shape."""
    generator = np.random.default_rng(0)
    constants = {name: generator.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    graph = helper.make_graph(
        [parse_node(step) for step in steps],
        "layers",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, 24, 24])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return simplified_graph(model.SerializeToString())


def pictures(first: int, count: int) -> list[Pixels]:
    return [np.asarray(picture(seed, (24, 24))) for seed in range(first, first + count)]


def answers(graph: Graph) -> FloatArray:
    """The answers to pictures that the rounding has not seen."""
    run = Network(write_graph(graph))
    return np.concatenate([run(one[None], "logits")["logits"] for one in pictures(100, 12)])


LAYERS: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ("a = Conv(pixels, w)", "b = Relu(a)", "c = Conv(b, v)", "logits = GlobalAveragePool(c)"),
        {"w": (16, 3, 3, 3), "v": (8, 16, 1, 1)},
    ),
    (
        (
            "a = Conv<strides = [2, 2], pads = [1, 1, 1, 1]>(pixels, w)",
            "b = Relu(a)",
            "c = Conv<strides = [2, 2], pads = [0, 1, 1, 0], dilations = [1, 1]>(b, v)",
            "logits = GlobalAveragePool(c)",
        ),
        {"w": (12, 3, 3, 3), "v": (8, 12, 3, 3)},
    ),
    (
        (
            "a = Conv<dilations = [2, 2]>(pixels, w)",
            "b = Relu(a)",
            "c = GlobalAveragePool(b)",
            "d = Flatten(c)",
            "logits = Gemm<transB = 1>(d, v)",
        ),
        {"w": (16, 3, 3, 3), "v": (8, 16)},
    ),
]


@pytest.mark.parametrize(("steps", "shapes"), LAYERS, ids=["1 x 1", "strided", "dilated, linear"])
def test_answers_move_less_than_by_plain_rounding(steps: tuple[str, ...], shapes: dict[str, Any]) -> None:
    graph = network(*steps, **shapes)
    storage = {name: Storage("int8", 0) for name in shapes}
    careful, scaled = carefully_rounded(graph, storage, pictures(0, 12))
    expected = answers(graph)
    plain_error, careful_error = (np.abs(answers(one) - expected).mean() for one in (rounded(graph, storage), careful))
    assert careful_error < 0.7 * plain_error
    for name in shapes:
        scales = scales_of(graph.constants[name], 0)
        np.testing.assert_array_equal(scaled[name].scales, scales)
        codes = careful.constants[name].reshape(len(scales), -1) / scales[:, None]
        np.testing.assert_allclose(codes, np.rint(codes), atol=1e-4)
        assert np.abs(codes).max() <= 127.001


@pytest.mark.parametrize(("steps", "shapes"), LAYERS, ids=["1 x 1", "strided", "dilated, linear"])
def test_sixteen_bits_move_less_too(steps: tuple[str, ...], shapes: dict[str, Any]) -> None:
    graph = network(*steps, **shapes)
    storage = {name: Storage("float16") for name in shapes}
    careful, _ = carefully_rounded(graph, storage, pictures(0, 12))
    expected = answers(graph)
    plain_error, careful_error = (np.abs(answers(one) - expected).mean() for one in (rounded(graph, storage), careful))
    assert careful_error < plain_error
    for name in shapes:
        values = careful.constants[name]
        np.testing.assert_array_equal(values, values.astype(np.float16))


def test_without_pictures_rounding_is_plain() -> None:
    graph = network("logits = Conv(pixels, w)", w=(4, 3, 3, 3))
    storage = {"w": Storage("int8", 0)}
    careful, scaled = carefully_rounded(graph, storage, ())
    assert scaled == storage
    np.testing.assert_array_equal(careful.constants["w"], rounded(graph, storage).constants["w"])


def test_a_channel_that_never_speaks_does_no_harm() -> None:
    graph = network("a = Conv(pixels, w)", "logits = Conv(a, v)", w=(4, 3, 1, 1), v=(2, 4, 1, 1))
    silent = {**graph.constants, "w": np.zeros((4, 3, 1, 1), np.float32)}
    graph = replace(graph, constants=silent)
    careful, _ = carefully_rounded(graph, {"v": Storage("int8", 0)}, pictures(0, 2))
    assert np.isfinite(careful.constants["v"]).all()
