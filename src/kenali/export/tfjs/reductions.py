"""Sums, means and largest values over axes; the k largest."""

from __future__ import annotations

from collections.abc import Callable

from kenali.export.graph import Node
from kenali.export.tfjs.builder import LAST_AXIS, Builder, unsupported


def reduction(op: str, before: str = "", after: str = "") -> Callable[[Builder, Node], None]:
    """The converter of a reduction that TensorFlow calls `op`, perhaps with an operator on each number before and after.

    The axes are an attribute, the second input, or all where there is neither.
    """

    def convert(builder: Builder, node: Node) -> None:
        tensor = node.inputs[0]
        rank, given = len(builder.shape(tensor)), builder.constant(node, 1)
        stated = node.attributes.get("axes") if given is None else given.tolist()
        if not stated and node.attributes.get("noop_with_empty_axes"):
            raise unsupported(node, "over no axis")
        axes = sorted({axis % rank for axis in stated}) if stated else list(range(rank))
        keep = bool(node.attributes.get("keepdims", 1))
        left = [LAST_AXIS[axis] for axis in range(rank) if axis not in axes] if builder.lies_last(tensor) else []
        last = builder.lies_last(tensor) and (keep or left == sorted(left))  # else what is left would lie in another order
        made = builder.as_is(tensor) if last else builder.first(tensor)
        made = builder.add(before, [made]) if before else made
        made = builder.add(op, [made, builder.integers([LAST_AXIS[axis] for axis in axes] if last else axes)], keep_dims=keep)
        builder.give(node.outputs[0], builder.add(after, [made]) if after else made, last=last and keep)

    return convert


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
