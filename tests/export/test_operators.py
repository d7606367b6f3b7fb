"""Every converter against ONNX Runtime: the operator alone, in a graph of its own, under TensorFlow.js."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.parser import parse_node

from kenali.errors import KenaliError
from kenali.export.tfjs import draw
from kenali.export.tfjs.operators import CONVERTERS
from kenali.types import FloatArray
from tests.export.graph_models import Job, require_tfjs, run_all, simplified_graph, write


@dataclass(frozen=True)
class Case:
    """A small network from `pixels` (n, c, h, w) to `out`. Constants are given, or drawn where a shape is given."""

    name: str
    nodes: tuple[Any, ...]
    shape: tuple[int, int, int] = (3, 9, 8)
    constants: dict[str, Any] = field(default_factory=dict)

    def model(self) -> bytes:
        generator = np.random.default_rng(len(self.name))
        drawn = {
            name: generator.normal(0, 0.5, value).astype(np.float32) if isinstance(value, tuple) else np.asarray(value)
            for name, value in self.constants.items()
        }
        graph = helper.make_graph(
            self.nodes,
            "case",
            [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", *self.shape])],
            [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(value, name) for name, value in drawn.items()],
        )
        opset = 20 if any(node.op_type == "Gelu" for node in self.nodes) else 18
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
        return bytes(model.SerializeToString())

    def pixels(self) -> FloatArray:
        drawn: FloatArray = np.random.default_rng(1).normal(0, 2, (2, *self.shape)).astype(np.float32)
        return drawn


def chain(text: str, shape: tuple[int, int, int] = (3, 9, 8), **constants: Any) -> Case:
    """A case from ONNX's own notation, steps divided by semicolons."""
    return Case(text, tuple(parse_node(step) for step in text.split("; ")), shape, constants)


def ints(*values: int) -> Any:
    return np.array(values, np.int64)


def one(op: str, name: str = "", shape: tuple[int, int, int] = (3, 9, 8), **attributes: Any) -> Case:
    """One operator on the pixels alone; further inputs are the constants in `attributes` whose names end in an underscore."""
    constants = {key: attributes.pop(key) for key in list(attributes) if key.endswith("_")}
    return Case(name or op, (helper.make_node(op, ["pixels", *constants], ["out"], **attributes),), shape, constants)


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
    *(
        one(op)
        for op in ("Abs", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Neg", "Relu")
    ),
    *(one(op) for op in ("Sigmoid", "Softplus", "Tanh")),
    *(chain(f"a = Abs(pixels); out = {op}(a)") for op in ("Sqrt", "Reciprocal")),
    chain("a = Abs(pixels); b = Add(a, one); out = Log(b)", one=np.float32(1)),
    chain("out = LeakyRelu<alpha = 0.2>(pixels)"),
    chain("out = HardSigmoid<alpha = 0.16666667, beta = 0.5>(pixels)"),
    chain("out = Clip(pixels, zero, six)", zero=np.float32(0), six=np.float32(6)),
    chain("out = Clip(pixels, low, high)", low=np.float32(-1), high=np.float32(1)),
    chain("out = Clip(pixels, low)", low=np.float32(0.5)),
    chain("out = PRelu(pixels, slope)", slope=(3, 1, 1)),
    *(one(op, f"{op} a channel", other_=(1, 3, 1, 1)) for op in ("Add", "Sub", "Mul", "Div", "Max", "Min")),
    *(one(op, f"{op} three axes", other_=(3, 9, 8)) for op in ("Add", "Mul")),
    *(one(op, f"{op} a column", other_=(8,)) for op in ("Add", "Mul")),
    *(one(op, f"{op} a number", other_=np.float32(2)) for op in ("Add", "Sub", "Pow")),
    chain("out = Sub(one, pixels)", one=np.float32(1)),
    chain("a = Relu(pixels); out = Add(a, pixels)"),
    chain("out = Max(pixels, a, b)", a=(3, 1, 1), b=(9, 1)),
    chain("a = GlobalAveragePool(pixels); out = Mul(pixels, a)"),
    chain("a = ReduceMean<keepdims = 0>(pixels, axes); out = Mul(pixels, a)", (3, 3, 8), axes=ints(0, 1)),
    *(
        one(op, f"{op} over places", axes_=ints(2, 3))
        for op in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceL2")
    ),
    *(one("ReduceMean", f"ReduceMean, flat, over {axes}", keepdims=0, axes_=ints(*axes)) for axes in ((-1, -2), (1,), (2,))),
    chain("out = ReduceMean(pixels, axes)", axes=ints(1)),
    chain("out = ReduceMax(pixels)"),
]
ARRANGED = [
    *(one("Flatten", f"Flatten {shape}", shape) for shape in ((3, 9, 8), (1, 5, 4), (7, 1, 1))),
    chain("out = Reshape(pixels, sides)", sides=ints(0, 9, 24)),
    chain("a = Reshape(pixels, sides); out = Relu(a)", sides=ints(-1, 9, 4, 6)),
    chain("a = Reshape(pixels, sides); out = GlobalMaxPool(a)", (4, 3, 2), sides=ints(-1, 24, 1, 1)),
    chain("out = Squeeze(pixels, axes)", (5, 1, 1), axes=ints(2, 3)),
    chain("a = Flatten(pixels); b = Unsqueeze(a, axes); out = Add(b, c)", (2, 2, 2), axes=ints(2, 3), c=(8, 1, 1)),
    *(one("Transpose", f"Transpose {order}", perm=order) for order in ([0, 2, 3, 1], [0, 1, 3, 2])),
    *(chain(f"a = Relu(pixels); out = Concat<axis = {axis}>(pixels, a)") for axis in (1, 2, -1)),
    chain("a = Flatten(pixels); out = Concat<axis = 1>(a, a)"),
    chain("a, b = Split<axis = 1>(pixels, sizes); out = Concat<axis = 1>(b, a)", (5, 4, 3), sizes=ints(2, 3)),
    chain("a, b = Split<axis = 2, num_outputs = 2>(pixels); out = Sub(a, b)", (3, 4, 3)),
    chain(
        "a = Reshape(pixels, five); b = Transpose<perm = [0, 2, 1, 3, 4]>(a); c = Reshape(b, four); out = Relu(c)",
        (6, 4, 4),
        five=ints(-1, 2, 3, 4, 4),
        four=ints(-1, 6, 4, 4),
    ),
    chain("out = Pad(pixels, margins)", margins=ints(0, 0, 1, 2, 0, 0, 3, 0)),
    chain("out = Pad(pixels, margins, value)", margins=ints(0, 1, 0, 0, 0, 0, 1, 0), value=np.float32(2.5)),
    one("Pad", "Pad reflected", margins_=ints(0, 0, 1, 2, 0, 0, 1, 1), mode="reflect"),
    chain("out = Pad(pixels, margins, zero, axes)", margins=ints(1, 0, 2, 3), zero=np.float32(0), axes=ints(2, -1)),
    chain("out = Slice(pixels, starts, ends, axes)", starts=ints(1, -6), ends=ints(3, 100), axes=ints(1, 2)),
    one("Slice", "Slice in steps", starts_=ints(1, 0), ends_=ints(8, 8), axes_=ints(2, 3), steps_=ints(2, 3)),
    chain("out = Gather<axis = 1>(pixels, which)", which=np.array(2, np.int64)),
    one("Gather", "Gather channels", axis=1, which_=ints(2, 0, -1)),
    chain(
        "a = Gather<axis = 1>(pixels, which); b = Unsqueeze(a, axis); out = Concat<axis = 1>(b, pixels)",
        which=np.array(1, np.int64),
        axis=ints(1),
    ),
    chain("out = Softmax<axis = 1>(pixels)"),
    chain("a = Flatten(pixels); out = Softmax(a)", (5, 1, 1)),
    chain("a = Flatten(pixels); out, which = TopK<axis = 1>(a, k)", (2, 3, 4), k=ints(3)),
]
LINEAR = [
    chain("a = Flatten(pixels); out = Gemm<transB = 1>(a, w, b)", (3, 2, 2), w=(4, 12), b=(4,)),
    chain("a = Flatten(pixels); out = Gemm<alpha = 0.5, beta = 2.0>(a, w, b)", (3, 2, 2), w=(12, 4), b=(4,)),
    chain("a = Flatten(pixels); out = Gemm(a, w)", (3, 2, 2), w=(12, 4)),
    chain("a = Flatten(pixels); out = MatMul(a, w)", (3, 2, 2), w=(12, 4)),
    chain("a = Flatten(pixels); c = MatMul(a, w); out = Add(c, b)", (3, 2, 2), w=(12, 4), b=(4,)),
    chain("a = Transpose<perm = [0, 1, 3, 2]>(pixels); out = MatMul(pixels, a)", (2, 3, 4)),
]
CONV_RELU = chain("a = Conv(pixels, w, b); out = Relu(a)", w=(4, 3, 3, 3), b=(4,))
GEMM_RELU = chain("a = Flatten(pixels); c = Gemm(a, w, b); out = Relu(c)", (3, 2, 2), w=(12, 4), b=(4,))
NORM: dict[str, Any] = {"s": (4,), "t": (4,), "m": (4,), "v": np.array([1, 2, 0.5, 3], np.float32)}
SIMPLIFIED = [
    CONV_RELU,
    GEMM_RELU,
    chain(
        "a = Conv<group = 3>(pixels, w); out = Clip(a, zero, six)",
        w=(3, 1, 3, 3),
        zero=np.float32(0),
        six=np.float32(6),
    ),
    chain("a = Conv(pixels, w); b = Relu(a); out = Add(a, b)", w=(3, 3, 1, 1)),
    chain(
        "a = Conv(pixels, w, b); c = BatchNormalization<epsilon = 0.001>(a, s, t, m, v); out = Relu(c)",
        w=(4, 3, 3, 3),
        b=(4,),
        **NORM,
    ),
    chain("a = Relu(pixels); out = BatchNormalization(a, s, t, m, v)", (4, 5, 6), **NORM),
    chain(
        "v = Mul(w, two); u = Identity(v); a = Conv(pixels, u); c = Dropout(a); out = Abs(c)",
        w=(4, 3, 3, 3),
        two=np.float32(2),
    ),
    chain("s = Shape<end = 1>(pixels); t = Concat<axis = 0>(s, rest); out = Reshape(pixels, t)", rest=ints(216)),
]
CASES = [*CONVOLUTIONS, *POOLS, *ALONE, *ARRANGED, *LINEAR, *SIMPLIFIED]


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
    assert {node.op_type for case in CASES for node in case.nodes} >= set(CONVERTERS)


@pytest.mark.parametrize(("case", "wanted"), [(CONV_RELU, "_FusedConv2D"), (GEMM_RELU, "_FusedMatMul")])
def test_rectifiers_cost_no_node_of_their_own(case: Case, wanted: str) -> None:
    passive = ("Const", "Placeholder", "Identity", "Reshape", "Transpose")
    operators = [node["op"] for node in draw(simplified_graph(case.model()), {}).nodes]
    assert [op for op in operators if op not in passive] == [wanted]


def test_layers_that_follow_one_another_need_no_transpose() -> None:
    case = chain(
        "a = Conv(pixels, w); b = MaxPool<kernel_shape=[2, 2]>(a); c = GlobalAveragePool(b); d = Flatten(c); out = Gemm(d, g)",
        w=(4, 3, 3, 3),
        g=(4, 2),
    )
    assert "Transpose" not in [node["op"] for node in draw(simplified_graph(case.model()), {}).nodes]


REFUSED = [
    (one("Sin"), "ONNX operator Sin"),
    (one("Elu", alpha=0.5), "Elu with alpha 0.5"),
    (convolution(4, (3, 3), (3, 9, 8), strides=[2, 2], dilations=[2, 2]), "Conv with both strides"),
    (one("Pad", pads_=ints(0, 0, -1, 0, 0, 0, 0, 0)), "Pad that cuts"),
    (one("Slice", starts_=ints(8), ends_=ints(0), axes_=ints(2), steps_=ints(-1)), "Slice over the photos or backwards"),
    (one("Softmax", axis=2), "Softmax over axis 2"),
    (pool("MaxPool", [2, 2], dilations=[2, 2]), "MaxPool with dilations"),
    (
        chain("a = MaxPool<kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1>(pixels); out = Relu(a)", (3, 6, 6)),
        "MaxPool that gives a map of",
    ),
    (one("Gelu", approximate="tanh"), "Gelu in its approximate form"),
]


@pytest.mark.parametrize(("case", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_what_cannot_be_converted_is_named_in_one_sentence(case: Case, sentence: str) -> None:
    with pytest.raises(KenaliError, match=f"cannot be exported to TensorFlow.js: .*{sentence}"):
        draw(simplified_graph(case.model()), {})


def test_a_batch_of_any_size(tmp_path: Path) -> None:
    require_tfjs()
    case = next(case for case in CASES if case.name == "Flatten (3, 9, 8)")
    write(simplified_graph(case.model()), tmp_path / "model")
    pixels = np.random.default_rng(0).normal(size=(5, 9, 8, 3)).astype(np.float32)
    (answer,) = run_all([Job(tmp_path / "model", pixels, ("out",))], tmp_path)
    np.testing.assert_array_equal(answer["out"], pixels.transpose(0, 3, 1, 2).reshape(5, -1))
