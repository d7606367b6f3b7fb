"""Operators that treat each number alike, whatever the layout."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kenali.export.graph import Node
from kenali.export.tfjs.builder import Builder, unsupported
from kenali.export.tfjs.fuse import rectifier

Converter = Callable[[Builder, Node], None]


def unary(op: str) -> Converter:
    """The converter of an operator on one tensor that TensorFlow calls `op`."""

    def convert(builder: Builder, node: Node) -> None:
        taken = node.inputs[0]
        builder.give(node.outputs[0], builder.add(op, [builder.as_is(taken)]), builder.lies_last(taken))

    return convert


def binary(op: str) -> Converter:
    """The converter of an operator on two tensors or more, with broadcasting, that TensorFlow calls `op`."""

    def convert(builder: Builder, node: Node) -> None:
        names, last = operands(builder, node.inputs)
        made = names[0]
        for other in names[1:]:
            made = builder.add(op, [made, other])
        builder.give(node.outputs[0], made, last)

    return convert


def operands(builder: Builder, tensors: tuple[str, ...]) -> tuple[list[str], bool]:
    """The tensors in one layout, and whether that is channels last: one lies so, and all that are computed have four axes."""
    computed = [name for name in tensors if not builder.is_constant(name)]
    last = any(map(builder.lies_last, computed)) and all(len(builder.shape(name)) == 4 for name in computed)
    return [builder.last(name) if last else builder.first(name) for name in tensors], last


def clip(builder: Builder, node: Node) -> None:
    """Clip with constant limits; Clip(0, 6) is Relu6."""
    if rectifier(node, builder.graph.constants) == "Relu6":
        unary("Relu6")(builder, node)
        return
    made = builder.as_is(node.inputs[0])
    for index, op in ((1, "Maximum"), (2, "Minimum")):
        limit = builder.constant(node, index)
        if limit is not None:
            made = builder.add(op, [made, builder.scalar(float(limit))])
    builder.give(node.outputs[0], made, builder.lies_last(node.inputs[0]))


def leaky_relu(builder: Builder, node: Node) -> None:
    alpha = float(node.attributes.get("alpha", 0.01))
    taken = node.inputs[0]
    builder.give(node.outputs[0], builder.add("LeakyRelu", [builder.as_is(taken)], alpha=alpha), builder.lies_last(taken))


def elu(builder: Builder, node: Node) -> None:
    if node.attributes.get("alpha", 1.0) != 1.0:
        raise unsupported(node, f"with alpha {node.attributes['alpha']:g}")
    unary("Elu")(builder, node)


def hard_sigmoid(builder: Builder, node: Node) -> None:
    """max(0, min(1, alpha x + beta))."""
    alpha, beta = node.attributes.get("alpha", 0.2), node.attributes.get("beta", 0.5)
    taken = node.inputs[0]
    builder.give(node.outputs[0], _hard_sigmoid(builder, builder.as_is(taken), alpha, beta), builder.lies_last(taken))


def hard_swish(builder: Builder, node: Node) -> None:
    """x times its hard sigmoid (alpha 1/6, beta 1/2)."""
    taken = builder.as_is(node.inputs[0])
    made = builder.add("Mul", [taken, _hard_sigmoid(builder, taken, 1 / 6, 0.5)])
    builder.give(node.outputs[0], made, builder.lies_last(node.inputs[0]))


def gelu(builder: Builder, node: Node) -> None:
    """x times the normal distribution's share below x; the tanh form is not exported."""
    if node.attributes.get("approximate", b"none") != b"none":
        raise unsupported(node, "in its approximate form")
    taken = builder.as_is(node.inputs[0])
    error = builder.add("Erf", [builder.add("Mul", [taken, builder.scalar(float(np.sqrt(0.5)))])])
    share = builder.add("Mul", [builder.add("AddV2", [error, builder.scalar(1)]), builder.scalar(0.5)])
    builder.give(node.outputs[0], builder.add("Mul", [taken, share]), builder.lies_last(node.inputs[0]))


def reciprocal(builder: Builder, node: Node) -> None:
    taken = node.inputs[0]
    builder.give(node.outputs[0], builder.add("RealDiv", [builder.scalar(1), builder.as_is(taken)]), builder.lies_last(taken))


def _hard_sigmoid(builder: Builder, taken: str, alpha: float, beta: float) -> str:
    steps = (("Mul", alpha), ("AddV2", beta), ("Maximum", 0.0), ("Minimum", 1.0))
    for op, number in steps:
        taken = builder.add(op, [taken, builder.scalar(number)])
    return taken
