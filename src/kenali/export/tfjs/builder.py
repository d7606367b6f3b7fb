"""A TensorFlow.js graph while it is drawn: nodes, weights, and how each ONNX tensor lies in it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kenali.errors import KenaliError
from kenali.export.graph import Array, Graph, Node, Shape
from kenali.export.storage import Encoding, Storage
from kenali.export.tfjs.weights import Weight
from kenali.types import FloatArray

TO_LAST = (0, 2, 3, 1)
"""Where the axes of (n, c, h, w) lie in (n, h, w, c), and the permutation that brings them there."""

TO_FIRST = (0, 3, 1, 2)
LAST_AXIS = {0: 0, 1: 3, 2: 1, 3: 2}
"""Which axis of (n, h, w, c) an axis of (n, c, h, w) becomes."""


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor of the graph model: `shape` is ONNX's; with `last` it has four axes and lies channels last, (n, h, w, c)."""

    name: str
    shape: Shape
    last: bool = False


class Builder:
    """Draws a graph model; one converter for each ONNX operator calls its methods.

    Tensors of four axes are kept channels last, as TensorFlow.js wants them, until an operator asks for them in ONNX's order.
    """

    def __init__(self, graph: Graph, storage: Mapping[str, Storage]) -> None:
        self.graph = graph
        self.nodes: list[dict[str, Any]] = []
        self.weights: dict[str, Weight] = {}
        self._storage = storage
        self._values: dict[str, Value] = {}
        self._turned: dict[str, str] = {}
        self._same: dict[bytes, str] = {}
        self._count = 0

    def add(self, op: str, inputs: Sequence[str], name: str = "", **attributes: Any) -> str:
        """A node, and the name of its first output; further outputs are `name:1` and so on."""
        self._count += 1
        name = name or f"{op.strip('_').lower()}_{self._count}"
        encoded = {key: _attribute(value) for key, value in attributes.items()}
        self.nodes.append({"name": name, "op": op, "input": list(inputs), "attr": encoded})
        return name

    def placeholder(self, name: str, shape: Shape) -> None:
        """The input, given in ONNX's shape and fed channels last."""
        sides = {"shape": {"dim": [{"size": str(-1 if shape[axis] is None else shape[axis])} for axis in TO_LAST]}}
        self.nodes.append({"name": name, "op": "Placeholder", "input": [], "attr": {"dtype": _FLOAT, "shape": sides}})
        self._values[self.graph.input] = Value(name, shape, last=True)

    def give(self, tensor: str, name: str, last: bool = False) -> None:
        """What an ONNX tensor is called in the graph model, and how it lies there."""
        self._values[tensor] = Value(name, self.shape(tensor), last)

    def shape(self, tensor: str) -> Shape:
        """The shape of an ONNX tensor; KenaliError where ONNX could not tell it."""
        if tensor not in self.graph.shapes:
            raise KenaliError(f"the network cannot be exported: the shape of its tensor {tensor!r} is not known beforehand")
        return self.graph.shapes[tensor]

    def is_constant(self, tensor: str) -> bool:
        return tensor in self.graph.constants

    def constant(self, node: Node, index: int) -> Array | None:
        """The constant that a node takes at `index`, None where it takes none; KenaliError where it is computed."""
        if len(node.inputs) <= index or not node.inputs[index]:
            return None
        if node.inputs[index] not in self.graph.constants:
            raise unsupported(node, f"whose input {index} is computed and not a constant")
        return self.graph.constants[node.inputs[index]]

    def lies_last(self, tensor: str) -> bool:
        """Whether a tensor lies channels last."""
        return not self.is_constant(tensor) and self._values[tensor].last

    def as_is(self, tensor: str) -> str:
        """A tensor as it lies."""
        return self.first(tensor) if self.is_constant(tensor) else self._values[tensor].name

    def first(self, tensor: str) -> str:
        """A tensor in ONNX's order of axes."""
        if self.is_constant(tensor):
            return self.weight(tensor, self.graph.constants[tensor])
        value = self._values[tensor]
        return self._turn(value.name, TO_FIRST) if value.last else value.name

    def last(self, tensor: str) -> str:
        """A tensor of four axes channels last; of constants, missing axes in front are added."""
        if self.is_constant(tensor):
            values = self.graph.constants[tensor]
            if values.ndim == 0:
                return self.weight(tensor, values)
            return self.weight(tensor, values.reshape((1,) * (4 - values.ndim) + values.shape).transpose(TO_LAST))
        value = self._values[tensor]
        return value.name if value.last else self._turn(value.name, TO_LAST)

    def turned(self, tensor: str, permutation: Sequence[int]) -> str:
        """A tensor with the axes of its ONNX form permuted."""
        value = self._values[tensor]
        axes = [LAST_AXIS[axis] for axis in permutation] if value.last else list(permutation)
        return self._turn(value.name, axes)

    def _turn(self, name: str, permutation: Sequence[int]) -> str:
        key = f"{name} {permutation}"
        if key not in self._turned:
            self._turned[key] = self.add("Transpose", [name, self.integers(permutation)])
        return self._turned[key]

    def weight(self, constant: str, values: Array, part: tuple[int, int] | None = None) -> str:
        """A constant in the layout given, stored as `storage` says for the ONNX constant of that name.

        `part` (i, n) means that `values` are the i-th of n equal parts of its channels. Equal numbers are stored once: another
        shape of them is a Reshape.
        """
        values = np.asarray(values, order="C")
        if values.dtype in (np.int64, np.int32):
            return self.integers(values)
        if values.dtype not in (np.float32, np.float64, np.float16):
            raise KenaliError(f"the network cannot be exported: its constant {constant!r} holds {values.dtype}")
        how = self._storage.get(constant, Storage("float32"))
        name, scales = constant, how.scales
        if part is not None:
            name = f"{constant}.{part[0]}"
            scales = None if scales is None else np.split(scales, part[1])[part[0]]
        return self._stored(name, values.astype(np.float32), how.encoding, scales)

    def integers(self, values: Sequence[int] | int | Array) -> str:
        """An int32 constant: axes, sizes, indices."""
        array = np.asarray(values, np.int32)
        return self._stored("_".join(["int", *map(str, array.reshape(-1)[:8].tolist())]), array, "int32")

    def scalar(self, value: float) -> str:
        """A float32 constant without axes."""
        return self._stored(f"number_{value:g}", np.asarray(value, np.float32), "float32")

    def _stored(self, name: str, values: Array, encoding: Encoding, scales: FloatArray | None = None) -> str:
        digest = hashlib.sha256(f"{values.dtype}".encode() + values.tobytes()).digest()
        known = self._same.get(digest)
        if known is not None and self.weights[known].values.shape == values.shape:
            return known
        if known is not None and values.size >= 64:
            return self.add("Reshape", [known, self.integers(values.shape)])
        name, stem, number = name.replace(":", "_"), name.replace(":", "_"), 1
        while name in self.weights:
            number += 1
            name = f"{stem}_{number}"
        self._same.setdefault(digest, name)
        self.weights[name] = Weight(name, values, encoding, scales)
        return name


_FLOAT = {"type": "DT_FLOAT"}


def unsupported(node: Node, why: str = "") -> KenaliError:
    """The sentence for a network that TensorFlow.js cannot be given."""
    return KenaliError(
        f"the network cannot be exported to TensorFlow.js: there is no converter for the ONNX operator {node.op}"
        f"{' ' + why if why else ''}"
    )


def _attribute(value: Any) -> dict[str, Any]:
    """A node's attribute as the JSON form of TensorFlow's protocol buffer has it."""
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, float):
        return {"f": value}
    if isinstance(value, str):
        return {"s": _text(value)}
    if value and isinstance(value[0], str):
        return {"list": {"s": [_text(one) for one in value]}}
    return {"list": {"i": [str(int(one)) for one in value]}}


def _text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()
