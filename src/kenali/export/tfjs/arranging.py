"""Operators that move numbers and change none: reshape, transpose, join, split, pad, cut out."""

from __future__ import annotations

import numpy as np

from kenali.export.graph import Node, Shape
from kenali.export.tfjs.builder import LAST_AXIS, TO_LAST, Builder, unsupported
from kenali.export.tfjs.elementwise import operands


def reshape(builder: Builder, node: Node) -> None:
    """Reshape, Flatten, Squeeze and Unsqueeze, by the shape that ONNX infers.

    A map of one cell or one channel lies alike in both orders, so it is not transposed.
    """
    tensor, given = node.inputs[0], node.outputs[0]
    before, after = builder.shape(tensor), builder.shape(given)
    if after.count(None) > 1:
        raise unsupported(node, f"to the shape {after}, of which more than the number of photos is unknown")
    name = builder.as_is(tensor) if builder.lies_last(tensor) and _alike(before) else builder.first(tensor)
    last = len(after) == 4 and _alike(after)
    laid = tuple(after[axis] for axis in TO_LAST) if last else after
    made = builder.add("Reshape", [name, builder.integers([-1 if side is None else side for side in laid])])
    builder.give(given, made, last)


def _alike(shape: Shape) -> bool:
    """Whether a map (n, c, h, w) has its numbers in one order, channels first or last."""
    sides = [side or 0 for side in shape[1:]]
    return sides[0] == 1 or sides[1] * sides[2] == 1


def transpose(builder: Builder, node: Node) -> None:
    rank = len(builder.shape(node.inputs[0]))
    permutation = node.attributes.get("perm", list(range(rank))[::-1])
    builder.give(node.outputs[0], builder.turned(node.inputs[0], permutation))


def concatenate(builder: Builder, node: Node) -> None:
    names, last = operands(builder, node.inputs)
    axis = node.attributes["axis"] % len(builder.shape(node.outputs[0]))
    made = builder.add("ConcatV2", [*names, builder.integers(LAST_AXIS[axis] if last else axis)], N=len(names))
    builder.give(node.outputs[0], made, last)


def split(builder: Builder, node: Node) -> None:
    tensor = node.inputs[0]
    axis = node.attributes.get("axis", 0) % len(builder.shape(tensor))
    sizes = [builder.shape(name)[axis] for name in node.outputs]
    if None in sizes:
        raise unsupported(node, "over the photos")
    last = builder.lies_last(tensor)
    inner = builder.integers(LAST_AXIS[axis] if last else axis)
    made = builder.add("SplitV", [builder.as_is(tensor), builder.integers([size or 0 for size in sizes]), inner])
    for index, name in enumerate(node.outputs):
        builder.give(name, f"{made}:{index}" if index else made, last)


def pad(builder: Builder, node: Node) -> None:
    """Constant or reflected margins; negative ones, which cut, are not exported."""
    tensor = node.inputs[0]
    rank, last = len(builder.shape(tensor)), builder.lies_last(tensor)
    stated, value, chosen = (builder.constant(node, index) for index in (1, 2, 3))
    mode = node.attributes.get("mode", b"constant").decode()
    if stated is None or mode not in ("constant", "reflect") or stated.min() < 0:
        raise unsupported(node, f"of the kind {mode}" if mode not in ("constant", "reflect") else "that cuts")
    axes = range(rank) if chosen is None else [axis % rank for axis in chosen.tolist()]
    around = np.zeros((rank, 2), np.int64)
    for axis, margins in zip(axes, stated.reshape(2, -1).T, strict=True):
        around[LAST_AXIS[axis] if last else axis] = margins
    inputs = [builder.as_is(tensor), builder.integers(around)]
    if mode == "constant":
        made = builder.add("PadV2", [*inputs, builder.scalar(0.0 if value is None else float(value))])
    else:
        made = builder.add("MirrorPad", inputs, mode="REFLECT")
    builder.give(node.outputs[0], made, last)


def cut(builder: Builder, node: Node) -> None:
    """Slice with constant bounds and steps forwards; never over the photos."""
    tensor = node.inputs[0]
    shape, last = builder.shape(tensor), builder.lies_last(tensor)
    starts, ends, axes, steps = (builder.constant(node, index) for index in (1, 2, 3, 4))
    if starts is None or ends is None:
        raise unsupported(node, "whose bounds are attributes, as in old operator sets")
    chosen = range(len(starts)) if axes is None else [axis % len(shape) for axis in axes.tolist()]
    bounds = [(0, side, 1) for side in shape]
    for index, axis in enumerate(chosen):
        side, step = shape[axis], 1 if steps is None else int(steps[index])
        if side is None or step < 1:
            raise unsupported(node, "over the photos or backwards")
        start, end = (min(max(int(b) + (side if b < 0 else 0), 0), side) for b in (starts[index], ends[index]))
        bounds[axis] = (start, end, step)
    if last:
        bounds = [bounds[axis] for axis in TO_LAST]
    begin = builder.integers([start for start, _, _ in bounds])
    if all(step == 1 for _, _, step in bounds):
        size = builder.integers([-1 if end is None else end - start for start, end, _ in bounds])
        made = builder.add("Slice", [builder.as_is(tensor), begin, size])
    else:
        open_ended = sum(1 << index for index, (_, end, _) in enumerate(bounds) if end is None)
        end_of = builder.integers([end or 0 for _, end, _ in bounds])
        inputs = [builder.as_is(tensor), begin, end_of, builder.integers([step for _, _, step in bounds])]
        made = builder.add("StridedSlice", inputs, end_mask=open_ended)
    builder.give(node.outputs[0], made, last)


def gather(builder: Builder, node: Node) -> None:
    """Gather by constant indices: entries of one axis, or a single one, whose axis then goes."""
    tensor = node.inputs[0]
    shape = builder.shape(tensor)
    indices, axis = builder.constant(node, 1), node.attributes.get("axis", 0) % len(shape)
    side = shape[axis]
    if indices is None or indices.ndim > 1 or side is None:
        raise unsupported(node, "with such indices")
    last = builder.lies_last(tensor) and indices.ndim == 1
    inner = builder.integers(LAST_AXIS[axis] if last else axis)
    name = builder.as_is(tensor) if last else builder.first(tensor)
    made = builder.add("GatherV2", [name, builder.integers(np.asarray(indices % side)), inner], batch_dims=0)
    builder.give(node.outputs[0], made, last)


def softmax(builder: Builder, node: Node) -> None:
    """Over the last axis, or over the channels of a map that lies channels last."""
    tensor = node.inputs[0]
    shape, last = builder.shape(tensor), builder.lies_last(tensor)
    axis = node.attributes.get("axis", -1) % len(shape)
    if (LAST_AXIS[axis] if last else axis) != len(shape) - 1:
        raise unsupported(node, f"over axis {axis}")
    builder.give(node.outputs[0], builder.add("Softmax", [builder.as_is(tensor)]), last)
