"""Sums, means and largest values over axes; the k largest."""

from __future__ import annotations

from collections.abc import Callable

from kenali.export.graph import Node
from kenali.export.tfjs.builder import LAST_AXIS, Builder, unsupported


def reduction(op: str) -> Callable[[Builder, Node], None]:
    """The converter of a reduction that TensorFlow calls `op`."""

    def convert(builder: Builder, node: Node) -> None:
        _reduce(builder, node, op, builder.as_is(node.inputs[0]))

    return convert


def length(builder: Builder, node: Node) -> None:
    """ReduceL2: the square root of the sum of squares."""
    _reduce(builder, node, "Sum", builder.add("Square", [builder.as_is(node.inputs[0])]), after="Sqrt")


def _reduce(builder: Builder, node: Node, op: str, taken: str, after: str = "") -> None:
    """Over the axes of the attribute or the second input, all where there is neither."""
    tensor = node.inputs[0]
    rank, last = len(builder.shape(tensor)), builder.lies_last(tensor)
    given = builder.constant(node, 1)
    stated = node.attributes.get("axes") if given is None else given.tolist()
    if not stated and node.attributes.get("noop_with_empty_axes"):
        raise unsupported(node, "over no axis")
    axes = sorted({axis % rank for axis in stated}) if stated else list(range(rank))
    keep = bool(node.attributes.get("keepdims", 1))
    if last and not keep and rank - len(axes) > 1 and 1 not in axes:  # what is left would lie in another order
        raise unsupported(node, f"over the axes {axes} of a map")
    inner = builder.integers([LAST_AXIS[axis] for axis in axes] if last else axes)
    made = builder.add(op, [taken, inner], keep_dims=keep)
    builder.give(node.outputs[0], builder.add(after, [made]) if after else made, last=last and keep)


def top_k(builder: Builder, node: Node) -> None:
    """The k largest along the last axis, the largest first, and where they stand."""
    rank = len(builder.shape(node.inputs[0]))
    count = builder.constant(node, 1)
    if count is None or node.attributes.get("axis", -1) % rank != rank - 1 or not node.attributes.get("largest", 1):
        raise unsupported(node, "other than for the largest along the last axis")
    made = builder.add("TopKV2", [builder.first(node.inputs[0]), builder.integers(int(count.reshape(-1)[0]))], sorted=True)
    for index, name in enumerate(node.outputs):
        if name:
            builder.give(name, f"{made}:{index}" if index else made)
