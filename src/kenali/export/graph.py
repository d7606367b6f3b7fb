"""An ONNX graph as plain values: read from a bundle, rewritten by pure functions, written back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kenali.errors import KenaliError, MissingExtra

Array = npt.NDArray[Any]
Shape = tuple[int | None, ...]
"""Sides of a tensor; None is the number of photos."""

_IR_VERSION = 10


@dataclass(frozen=True, slots=True)
class Node:
    """One operator: names of the tensors it takes and gives (empty where one is left out), and its attributes."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A network: `nodes` in the order of computing, from `input` (n, c, h, w) and `constants` to `outputs`.

    `shapes` holds the shape of every tensor that ONNX could infer. Shapes are those of ONNX: channels before height and width.
    """

    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    input: str
    outputs: tuple[str, ...]
    shapes: Mapping[str, Shape]
    opset: int

    def maker(self, tensor: str) -> Node | None:
        """The node that gives a tensor."""
        return next((node for node in self.nodes if tensor in node.outputs), None)

    def uses(self) -> dict[str, int]:
        """How often each tensor is taken, by a node or as an output."""
        counts = dict.fromkeys(self.outputs, 1)
        for node in self.nodes:
            for name in node.inputs:
                counts[name] = counts.get(name, 0) + 1
        return counts

    def rename(self, names: Mapping[str, str]) -> Graph:
        """The graph whose nodes take other tensors: those that `names` leads to."""
        nodes = tuple(replace(node, inputs=tuple(names.get(name, name) for name in node.inputs)) for node in self.nodes)
        return replace(self, nodes=nodes)

    def pruned(self) -> Graph:
        """The graph without nodes and constants that no output needs."""
        wanted, kept = set(self.outputs), []
        for node in reversed(self.nodes):
            if wanted.intersection(node.outputs):
                kept.append(node)
                wanted.update(node.inputs)
        constants = {name: value for name, value in self.constants.items() if name in wanted}
        return replace(self, nodes=tuple(reversed(kept)), constants=constants)


def read_graph(model: bytes) -> Graph:
    """The graph of a serialised ONNX model with one input; KenaliError where it is of a kind that Kenali does not write."""
    onnx = require_onnx()
    from onnx import helper, numpy_helper, shape_inference

    proto = shape_inference.infer_shapes(onnx.load_model_from_string(model), data_prop=True)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}
    nodes = []
    for found in proto.graph.node:
        attributes = {one.name: helper.get_attribute_value(one) for one in found.attribute}
        if found.op_type == "Constant":
            constants[found.output[0]] = _constant(attributes)
        else:
            nodes.append(Node(found.op_type, tuple(found.input), tuple(found.output), attributes))
    inputs = [value.name for value in proto.graph.input if value.name not in constants]
    if len(inputs) != 1:
        raise KenaliError(f"the network has {len(inputs)} inputs ({', '.join(inputs)}), expected pixels alone")
    values = (*proto.graph.value_info, *proto.graph.input, *proto.graph.output)
    shapes = {value.name: _shape(value) for value in values if value.type.tensor_type.HasField("shape")}
    shapes |= {name: value.shape for name, value in constants.items()}
    opset = next(one.version for one in proto.opset_import if one.domain in ("", "ai.onnx"))
    return Graph(tuple(nodes), constants, inputs[0], tuple(value.name for value in proto.graph.output), shapes, opset)


def write_graph(graph: Graph) -> bytes:
    """The serialised ONNX model of a graph; a node is called after its first output."""
    require_onnx()
    from onnx import TensorProto, helper, numpy_helper

    def value(name: str) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n" if n is None else n for n in graph.shapes[name]])

    made = helper.make_graph(
        [helper.make_node(n.op, n.inputs, n.outputs, n.outputs[0], **n.attributes) for n in graph.nodes],
        "kenali",
        [value(graph.input)],
        [value(name) for name in graph.outputs],
        [numpy_helper.from_array(np.asarray(array, order="C"), name) for name, array in graph.constants.items()],
    )
    opset = helper.make_opsetid("", graph.opset)
    model = helper.make_model(made, opset_imports=[opset], ir_version=_IR_VERSION, producer_name="kenali")
    return bytes(model.SerializeToString(deterministic=True))


def evaluate(graph: Graph, nodes: tuple[Node, ...]) -> dict[str, Array]:
    """What nodes give that stand on constants alone, by ONNX's own reference."""
    from onnx import helper, numpy_helper
    from onnx.reference import ReferenceEvaluator

    made = [helper.make_node(node.op, node.inputs, node.outputs, **node.attributes) for node in nodes]
    needed = {name for node in nodes for name in node.inputs if name in graph.constants}
    given = [name for node in nodes for name in node.outputs if name]
    tensors = [numpy_helper.from_array(np.ascontiguousarray(graph.constants[name]), name) for name in sorted(needed)]
    outputs = [helper.make_empty_tensor_value_info(name) for name in given]
    proto = helper.make_graph(made, "constants", [], outputs, tensors)
    return dict(zip(given, ReferenceEvaluator(proto, opsets={"": graph.opset}).run(None, {}), strict=True))


def require_onnx() -> Any:
    """The package onnx; MissingExtra where it is not installed."""
    try:
        import onnx
    except ImportError as error:
        raise MissingExtra("exporting a bundle", "export", error) from error
    return onnx


def _constant(attributes: Mapping[str, Any]) -> Array:
    """What a Constant node gives."""
    from onnx import numpy_helper

    (kind, value), *_ = attributes.items()
    if kind == "value":
        return np.asarray(numpy_helper.to_array(value))
    if kind in ("value_float", "value_floats"):
        return np.asarray(value, np.float32)
    if kind in ("value_int", "value_ints"):
        return np.asarray(value, np.int64)
    raise KenaliError(f"the network holds a constant of a kind that is not exported ({kind})")


def _shape(value: Any) -> Shape:
    return tuple(side.dim_value if side.HasField("dim_value") else None for side in value.type.tensor_type.shape.dim)
