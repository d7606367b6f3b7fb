"""Every converter against ONNX Runtime: the operator alone, in a graph of its own, under TensorFlow.js."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from kenali.errors import KenaliError
from kenali.export.tfjs import draw
from kenali.export.tfjs.operators import CONVERTERS
from kenali.types import FloatArray
from tests.export.graph_models import Job, require_tfjs, run_all, simplified_graph, write

Step = tuple[str, list[str], list[str], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A small network from `pixels` of a shape (c, h, w) to `out`: its steps, constants (drawn where given by shape alone)."""

    name: str
    steps: list[Step]
    shape: tuple[int, int, int] = (3, 9, 8)
    constants: dict[str, Any] = field(default_factory=dict)

    def model(self) -> bytes:
        generator = np.random.default_rng(len(self.name))
        tensors = []
        for name, value in self.constants.items():
            drawn = generator.normal(0, 0.5, value).astype(np.float32) if isinstance(value, tuple) else np.asarray(value)
            tensors.append(numpy_helper.from_array(drawn, name))
        graph = helper.make_graph(
            [helper.make_node(op, taken, given, **attributes) for op, taken, given, attributes in self.steps],
            "case",
            [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", *self.shape])],
            [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
            tensors,
        )
        opset = 20 if any(step[0] == "Gelu" for step in self.steps) else 18
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
        return bytes(model.SerializeToString())

    def pixels(self) -> FloatArray:
        drawn: FloatArray = np.random.default_rng(1).normal(0, 2, (2, *self.shape)).astype(np.float32)
        return drawn


def ints(*values: int) -> Any:
    return np.array(values, np.int64)


def one(op: str, name: str = "", shape: tuple[int, int, int] = (3, 9, 8), **attributes: Any) -> Case:
    """One operator on the pixels alone; further inputs are the constants in `attributes` whose names end in an underscore."""
    constants = {key: attributes.pop(key) for key in list(attributes) if key.endswith("_")}
    return Case(name or op, [(op, ["pixels", *constants], ["out"], attributes)], shape, constants)


def convolution(out: int, kernel: tuple[int, int], shape: tuple[int, int, int], bias: bool = True, **more: Any) -> Case:
    channels = shape[0] // more.get("group", 1)
    constants = {"weight_": (out, channels, *kernel), **({"bias_": (out,)} if bias else {})}
    title = ", ".join(f"{key} {value}" for key, value in more.items())
    return one("Conv", f"Conv {shape} -> {out} by {kernel} {title}{'' if bias else ', no bias'}", shape, **constants, **more)


CONVOLUTIONS = [
    convolution(5, (3, 3), (3, 9, 8)),
    convolution(5, (3, 3), (3, 9, 8), bias=False),
    convolution(4, (1, 1), (3, 9, 8)),
    convolution(4, (1, 1), (3, 9, 8), strides=[2, 2]),
    convolution(4, (3, 3), (3, 9, 8), pads=[1, 1, 1, 1], strides=[2, 2]),
    convolution(4, (3, 3), (3, 8, 9), pads=[1, 1, 1, 1], strides=[2, 2]),
    convolution(4, (3, 5), (3, 9, 11), pads=[0, 1, 2, 3], strides=[2, 1]),
    convolution(4, (1, 7), (3, 9, 11), pads=[0, 3, 0, 3]),
    convolution(4, (3, 3), (3, 11, 9), dilations=[2, 2], pads=[2, 2, 2, 2]),
    convolution(4, (3, 3), (3, 9, 8), auto_pad="SAME_UPPER", strides=[2, 2]),
    convolution(4, (3, 3), (3, 9, 8), auto_pad="SAME_LOWER", strides=[2, 2]),
    convolution(4, (3, 3), (3, 9, 8), auto_pad="VALID"),
    convolution(4, (3, 3), (1, 9, 8)),
    convolution(6, (3, 3), (6, 9, 8), group=6, pads=[1, 1, 1, 1]),
    convolution(6, (5, 5), (6, 9, 8), group=6, pads=[2, 2, 2, 2], strides=[2, 2]),
    convolution(6, (3, 3), (6, 9, 8), group=6, pads=[0, 0, 1, 1], strides=[2, 2], bias=False),
    convolution(6, (3, 3), (6, 9, 8), group=6, pads=[2, 2, 2, 2], dilations=[2, 2]),
    convolution(12, (3, 3), (6, 9, 8), group=6, pads=[1, 1, 1, 1]),
    convolution(8, (3, 3), (6, 9, 8), group=2, pads=[1, 1, 1, 1]),
    convolution(9, (1, 1), (6, 9, 8), group=3, bias=False),
]


def pool(op: str, kernel: list[int], shape: tuple[int, int, int] = (3, 9, 8), **more: Any) -> Case:
    title = ", ".join(f"{key} {value}" for key, value in more.items())
    return one(op, f"{op} {shape} by {kernel} {title}", shape, kernel_shape=kernel, **more)


_POOLINGS: list[tuple[list[int], tuple[int, int, int], dict[str, Any]]] = [
    ([2, 2], (3, 9, 8), {"strides": [2, 2]}),
    ([3, 3], (3, 9, 8), {"strides": [2, 2], "ceil_mode": 1}),
    ([3, 3], (3, 8, 11), {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ([3, 3], (3, 8, 11), {"strides": [2, 2], "pads": [1, 1, 1, 1], "ceil_mode": 1}),
    ([3, 2], (3, 9, 8), {"strides": [1, 2], "pads": [1, 0, 0, 1]}),
    ([3, 3], (3, 7, 7), {"strides": [1, 1], "pads": [1, 1, 1, 1]}),
    ([2, 2], (3, 7, 5), {"strides": [2, 2], "ceil_mode": 1}),
    ([3, 3], (3, 7, 5), {"strides": [3, 3], "ceil_mode": 1}),
    ([2, 2], (3, 5, 5), {"strides": [3, 3], "ceil_mode": 1}),
    ([3, 3], (3, 9, 8), {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    ([3, 3], (3, 9, 8), {"auto_pad": "SAME_LOWER", "strides": [2, 2]}),
]
POOLS = [
    *(pool("MaxPool", kernel, shape, **more) for kernel, shape, more in _POOLINGS),
    *(
        pool("AveragePool", kernel, shape, count_include_pad=counted, **more)
        for kernel, shape, more in _POOLINGS
        for counted in (0, 1)
    ),
    one("GlobalAveragePool"),
    one("GlobalMaxPool"),
]

ALONE = [
    *(one(op) for op in ("Abs", "Elu", "Erf", "Exp", "HardSwish", "LeakyRelu", "Neg", "Relu", "Sigmoid", "Softplus", "Tanh")),
    one("Identity"),
    one("LeakyRelu", "LeakyRelu .2", alpha=0.2),
    one("HardSigmoid"),
    one("HardSigmoid", "HardSigmoid 1/6", alpha=1 / 6, beta=0.5),
    one("Gelu"),
    one("Clip", low_=np.float32(0), high_=np.float32(6)),
    one("Clip", "Clip -1 to 1", low_=np.float32(-1), high_=np.float32(1)),
    Case("Clip from below", [("Clip", ["pixels", "low"], ["out"], {})], constants={"low": np.float32(0.5)}),
    *(Case(op, [("Abs", ["pixels"], ["a"], {}), (op, ["a"], ["out"], {})]) for op in ("Sqrt", "Reciprocal")),
    Case("Log", [("Abs", ["pixels"], ["a"], {}), ("Add", ["a", "b"], ["c"], {}), ("Log", ["c"], ["out"], {})],
         constants={"b": np.float32(1)}),
    one("PRelu", slope_=(3, 1, 1)),
    *(one(op, f"{op} a channel", other_=(1, 3, 1, 1)) for op in ("Add", "Sub", "Mul", "Div", "Max", "Min")),
    *(one(op, f"{op} three axes", other_=(3, 9, 8)) for op in ("Add", "Mul")),
    *(one(op, f"{op} a column", other_=(8,)) for op in ("Add", "Mul")),
    *(one(op, f"{op} a number", other_=np.float32(2)) for op in ("Add", "Sub", "Pow")),
    Case("Sub from a number", [("Sub", ["one", "pixels"], ["out"], {})], constants={"one": np.float32(1)}),
    Case("Add of two maps", [("Relu", ["pixels"], ["a"], {}), ("Add", ["a", "pixels"], ["out"], {})]),
    Case("Max of three", [("Max", ["pixels", "a", "b"], ["out"], {})], constants={"a": (3, 1, 1), "b": (9, 1)}),
    Case("Mul by a gate", [("GlobalAveragePool", ["pixels"], ["a"], {}), ("Mul", ["pixels", "a"], ["out"], {})]),
    Case("Mul by a flat tensor", [("ReduceMean", ["pixels", "axes"], ["a"], {"keepdims": 0}), ("Mul", ["pixels", "a"], ["out"], {})],
         (3, 3, 8), {"axes": ints(0, 1)}),
    *(one(op, f"{op} over places", axes_=ints(2, 3)) for op in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceL2")),
    one("ReduceMean", "ReduceMean flat", keepdims=0, axes_=ints(-1, -2)),
    one("ReduceMean", "ReduceMean over channels", axes_=ints(1)),
    one("ReduceSum", "ReduceSum over channels, flat", axes_=ints(1), keepdims=0),
    one("ReduceSum", "ReduceSum over rows, flat", axes_=ints(2), keepdims=0),
    one("ReduceMax", "ReduceMax over all", keepdims=1),
    one("Flatten"),
    one("Flatten", "Flatten one channel", (1, 5, 4)),
    one("Flatten", "Flatten one place", (7, 1, 1)),
    one("Reshape", shape_=ints(0, 9, 24)),
    one("Reshape", "Reshape to a map", shape_=ints(-1, 9, 4, 6)),
    one("Reshape", "Reshape to one place", (4, 3, 2), shape_=ints(-1, 24, 1, 1)),
    one("Squeeze", "Squeeze", (5, 1, 1), axes_=ints(2, 3)),
    Case("Unsqueeze", [("Flatten", ["pixels"], ["a"], {}), ("Unsqueeze", ["a", "axes"], ["b"], {}), ("Add", ["b", "c"], ["out"], {})],
         (2, 2, 2), {"axes": ints(2, 3), "c": (8, 1, 1)}),
    one("Transpose", perm=[0, 2, 3, 1]),
    one("Transpose", "Transpose sides", perm=[0, 1, 3, 2]),
    *(Case(f"Concat {axis}", [("Relu", ["pixels"], ["a"], {}), ("Concat", ["pixels", "a"], ["out"], {"axis": axis})]) for axis in (1, 2, -1)),
    Case("Concat flat", [("Flatten", ["pixels"], ["a"], {}), ("Concat", ["a", "a"], ["out"], {"axis": 1})]),
    Case("Split", [("Split", ["pixels", "sizes"], ["a", "b"], {"axis": 1}), ("Concat", ["b", "a"], ["out"], {"axis": 1})],
         (5, 4, 3), {"sizes": ints(2, 3)}),
    Case("Split in two", [("Split", ["pixels"], ["a", "b"], {"axis": 2, "num_outputs": 2}), ("Sub", ["a", "b"], ["out"], {})], (3, 4, 3)),
    Case("channel shuffle", [("Reshape", ["pixels", "five"], ["a"], {}), ("Transpose", ["a"], ["b"], {"perm": [0, 2, 1, 3, 4]}),
                             ("Reshape", ["b", "four"], ["c"], {}), ("MaxPool", ["c"], ["out"], {"kernel_shape": [2, 2]})],
         (6, 4, 4), {"five": ints(-1, 2, 3, 4, 4), "four": ints(-1, 6, 4, 4)}),
    one("Pad", pads_=ints(0, 0, 1, 2, 0, 0, 3, 0)),
    one("Pad", "Pad with a number", pads_=ints(0, 1, 0, 0, 0, 0, 1, 0), value_=np.float32(2.5)),
    one("Pad", "Pad reflected", pads_=ints(0, 0, 1, 2, 0, 0, 1, 1), mode="reflect"),
    Case("Pad some axes", [("Pad", ["pixels", "pads", "", "axes"], ["out"], {})], constants={"pads": ints(1, 0, 2, 3), "axes": ints(2, -1)}),
    one("Slice", starts_=ints(1, -6), ends_=ints(3, 100), axes_=ints(1, 2)),
    one("Slice", "Slice in steps", starts_=ints(1, 0), ends_=ints(8, 8), axes_=ints(2, 3), steps_=ints(2, 3)),
    one("Gather", "Gather a channel", axis=1, index_=np.array(2, np.int64)),
    one("Gather", "Gather channels", axis=1, index_=ints(2, 0, -1)),
    Case("Gather, then a map again", [("Gather", ["pixels", "index"], ["a"], {"axis": 1}), ("Unsqueeze", ["a", "axis"], ["b"], {}),
                                      ("Concat", ["b", "pixels"], ["out"], {"axis": 1})],
         constants={"index": np.array(1, np.int64), "axis": ints(1)}),
    one("Softmax", "Softmax over channels", axis=1),
    Case("Softmax", [("Flatten", ["pixels"], ["a"], {}), ("Softmax", ["a"], ["out"], {})], (5, 1, 1)),
    Case("Gemm", [("Flatten", ["pixels"], ["a"], {}), ("Gemm", ["a", "w", "b"], ["out"], {"transB": 1})], (3, 2, 2), {"w": (4, 12), "b": (4,)}),
    Case("Gemm untransposed, scaled", [("Flatten", ["pixels"], ["a"], {}), ("Gemm", ["a", "w", "b"], ["out"], {"alpha": 0.5, "beta": 2.0})],
         (3, 2, 2), {"w": (12, 4), "b": (4,)}),
    Case("Gemm without bias", [("Flatten", ["pixels"], ["a"], {}), ("Gemm", ["a", "w"], ["out"], {})], (3, 2, 2), {"w": (12, 4)}),
    Case("MatMul", [("Flatten", ["pixels"], ["a"], {}), ("MatMul", ["a", "w"], ["out"], {})], (3, 2, 2), {"w": (12, 4)}),
    Case("MatMul and Add", [("Flatten", ["pixels"], ["a"], {}), ("MatMul", ["a", "w"], ["c"], {}), ("Add", ["c", "b"], ["out"], {})],
         (3, 2, 2), {"w": (12, 4), "b": (4,)}),
    Case("MatMul of stacks", [("Transpose", ["pixels"], ["a"], {"perm": [0, 1, 3, 2]}), ("MatMul", ["pixels", "a"], ["out"], {})], (2, 3, 4)),
    Case("TopK", [("Flatten", ["pixels"], ["a"], {}), ("TopK", ["a", "k"], ["out", "which"], {"axis": 1})], (2, 3, 4), {"k": ints(3)}),
]  # fmt: skip

FUSED = [
    Case("Conv and Relu", [("Conv", ["pixels", "w", "b"], ["a"], {}), ("Relu", ["a"], ["out"], {})], constants={"w": (4, 3, 3, 3), "b": (4,)}),
    Case("Conv and Relu6", [("Conv", ["pixels", "w"], ["a"], {"group": 3}), ("Clip", ["a", "low", "high"], ["out"], {})],
         constants={"w": (3, 1, 3, 3), "low": np.float32(0), "high": np.float32(6)}),
    Case("Conv taken twice", [("Conv", ["pixels", "w"], ["a"], {}), ("Relu", ["a"], ["b"], {}), ("Add", ["a", "b"], ["out"], {})],
         constants={"w": (3, 3, 1, 1)}),
    Case("Gemm and Relu", [("Flatten", ["pixels"], ["a"], {}), ("Gemm", ["a", "w", "b"], ["c"], {}), ("Relu", ["c"], ["out"], {})],
         (3, 2, 2), {"w": (12, 4), "b": (4,)}),
    Case("Conv and batch norm", [("Conv", ["pixels", "w", "b"], ["a"], {}),
                                 ("BatchNormalization", ["a", "s", "t", "m", "v"], ["c"], {"epsilon": 1e-3}), ("Relu", ["c"], ["out"], {})],
         constants={"w": (4, 3, 3, 3), "b": (4,), "s": (4,), "t": (4,), "m": (4,), "v": np.float32([1, 2, 0.5, 3])}),
    Case("batch norm alone", [("Relu", ["pixels"], ["a"], {}), ("BatchNormalization", ["a", "s", "t", "m", "v"], ["out"], {})],
         constants={"s": (3,), "t": (3,), "m": (3,), "v": np.float32([1, 2, 0.5])}),
    Case("constants computed", [("Mul", ["w", "two"], ["v"], {}), ("Identity", ["v"], ["u"], {}), ("Conv", ["pixels", "u"], ["a"], {}),
                                ("Dropout", ["a"], ["c"], {}), ("Abs", ["c"], ["out"], {})],
         constants={"w": (4, 3, 3, 3), "two": np.float32(2)}),
    Case("shape computed", [("Shape", ["pixels"], ["s"], {"end": 1}), ("Concat", ["s", "rest"], ["t"], {"axis": 0}),
                            ("Reshape", ["pixels", "t"], ["out"], {})], constants={"rest": ints(216)}),
]  # fmt: skip

CASES = [*CONVOLUTIONS, *POOLS, *ALONE, *FUSED]


@pytest.fixture(scope="module", params=["wasm", "cpu"])
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, FloatArray]:
    """What TensorFlow.js says to every case."""
    require_tfjs()
    work = tmp_path_factory.mktemp(f"operators-{request.param}")
    jobs = []
    for number, case in enumerate(CASES):
        write(simplified_graph(case.model()), work / str(number))
        jobs.append(Job(work / str(number), case.pixels().transpose(0, 2, 3, 1), ("out",)))
    found = run_all(jobs, work, request.param)
    return {case.name: answer["out"] for case, answer in zip(CASES, found, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tfjs_agrees_with_onnx_runtime(case: Case, answers: dict[str, FloatArray]) -> None:
    session = onnxruntime.InferenceSession(case.model(), providers=["CPUExecutionProvider"])
    (expected,) = session.run(["out"], {"pixels": case.pixels()})
    if expected.ndim == 4:
        expected = expected.transpose(0, 2, 3, 1)
    found = answers[case.name]
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-5)


def test_every_converter_is_tested() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert {step[0] for case in CASES for step in case.steps} >= set(CONVERTERS)


def test_rectifiers_cost_no_node_of_their_own() -> None:
    for case, wanted in (("Conv and Relu", "_FusedConv2D"), ("Gemm and Relu", "_FusedMatMul")):
        made = draw(simplified_graph(next(one for one in FUSED if one.name == case).model()), {})
        operators = [
            node["op"] for node in made.nodes if node["op"] not in ("Const", "Placeholder", "Identity", "Reshape", "Transpose")
        ]
        assert operators == [wanted]


def test_a_convolutional_network_needs_no_transpose() -> None:
    made = draw(simplified_graph(next(case for case in CASES if case.name == "Mul by a gate").model()), {})
    assert "Transpose" not in [node["op"] for node in made.nodes]


REFUSED = [
    (one("Sin"), "ONNX operator Sin"),
    (one("Elu", alpha=0.5), "Elu with alpha 0.5"),
    (convolution(4, (3, 3), (3, 9, 8), strides=[2, 2], dilations=[2, 2]), "Conv with both strides"),
    (one("Pad", pads_=ints(0, 0, -1, 0, 0, 0, 0, 0)), "Pad that cuts"),
    (one("Slice", starts_=ints(8), ends_=ints(0), axes_=ints(2), steps_=ints(-1)), "Slice over the photos or backwards"),
    (one("Softmax", axis=2), "Softmax over axis 2"),
    (pool("MaxPool", [2, 2], dilations=[2, 2]), "MaxPool with dilations"),
    (one("Gelu", approximate="tanh"), "Gelu in its approximate form"),
]


@pytest.mark.parametrize(("case", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_what_cannot_be_converted_is_named_in_one_sentence(case: Case, sentence: str) -> None:
    with pytest.raises(KenaliError, match=f"cannot be exported to TensorFlow.js: .*{sentence}"):
        draw(simplified_graph(case.model()), {})


def test_a_batch_of_any_size(tmp_path: Path) -> None:
    require_tfjs()
    case = next(case for case in CASES if case.name == "Flatten")
    write(simplified_graph(case.model()), tmp_path / "model")
    pixels = np.random.default_rng(0).normal(size=(5, 9, 8, 3)).astype(np.float32)
    (answer,) = run_all([Job(tmp_path / "model", pixels, ("out",))], tmp_path)
    np.testing.assert_array_equal(answer["out"], pixels.transpose(0, 3, 1, 2).reshape(5, -1))
