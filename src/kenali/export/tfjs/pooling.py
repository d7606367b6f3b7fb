"""Pools. TensorFlow.js pads them only its own way, so the map is padded before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kenali.export.graph import Node
from kenali.export.tfjs.builder import Builder, unsupported
from kenali.export.tfjs.windows import Windows, windows_of
from kenali.types import FloatArray

_LEAST = -3.4e38  # below every activation; minus infinity is not JSON and not for every GPU


def max_pool(builder: Builder, node: Node) -> None:
    """The largest cell of each window; cells added around the map never win."""
    if len(node.outputs) > 1 and node.outputs[1]:
        raise unsupported(node, "that also gives indices")
    windows = _windows(builder, node)
    builder.give(node.outputs[0], _pooled(builder, "MaxPool", node, windows, _LEAST), last=True)


def average_pool(builder: Builder, node: Node) -> None:
    """The mean of each window over the cells that count: those of the map, with count_include_pad the stated padding too.

    TensorFlow.js divides by the window's size; where fewer cells count, a constant factor sets that right.
    """
    windows = _windows(builder, node)
    made = _pooled(builder, "AvgPool", node, windows, 0.0)
    _, _, height, width = builder.shape(node.inputs[0])
    factor = _factor(windows, (height or 0, width or 0), bool(node.attributes.get("count_include_pad")))
    if (factor != 1).any():
        made = builder.add("Mul", [made, builder.weight(f"{node.outputs[0]}.factor", factor)])
    builder.give(node.outputs[0], made, last=True)


def global_pool(op: str) -> Callable[[Builder, Node], None]:
    """The converter of GlobalAveragePool (`Mean`) or GlobalMaxPool (`Max`); the sides stay, as 1."""

    def convert(builder: Builder, node: Node) -> None:
        made = builder.add(op, [builder.last(node.inputs[0]), builder.integers([1, 2])], keep_dims=True)
        builder.give(node.outputs[0], made, last=True)

    return convert


def _windows(builder: Builder, node: Node) -> Windows:
    height, width = node.attributes["kernel_shape"] if len(node.attributes["kernel_shape"]) == 2 else (0, 0)
    windows = windows_of(builder, node, (height, width))
    if max(windows.dilations) > 1:
        raise unsupported(node, f"with dilations {windows.dilations}")
    given, stated = windows.places(builder.shape(node.inputs[0])[2:]), builder.shape(node.outputs[0])[2:]
    if given != stated and node.outputs[0] not in builder.graph.outputs:  # ONNX counts windows that ONNX Runtime leaves out
        raise unsupported(node, f"that gives a map of {given}, where the layers after it expect {stated}")
    return windows


def _pooled(builder: Builder, op: str, node: Node, windows: Windows, filling: float) -> str:
    pixels = builder.last(node.inputs[0])
    if windows.padded:
        (top, left), (bottom, right) = windows.before, windows.end
        around = builder.integers(np.array([[0, 0], [top, bottom], [left, right], [0, 0]]))
        pixels = builder.add("PadV2", [pixels, around, builder.scalar(filling)])
    ksize, strides = ([1, *pair, 1] for pair in (windows.kernel, windows.strides))
    return builder.add(op, [pixels], ksize=ksize, strides=strides, padding="VALID", data_format="NHWC")


def _factor(windows: Windows, sides: tuple[int, int], padding_counts: bool) -> FloatArray:
    """The window's size over the number of cells that count, (1, h', w', 1)."""
    shares = []
    for axis, side in enumerate(sides):
        kernel, stride, before = windows.kernel[axis], windows.strides[axis], windows.before[axis]
        stated = before if padding_counts else 0
        end = side + (windows.after[axis] if padding_counts else 0)
        starts = np.arange(windows.places(sides)[axis]) * stride - before
        counted = np.minimum(starts + kernel, end) - np.maximum(starts, -stated)
        shares.append(kernel / counted)
    factor: FloatArray = np.multiply.outer(*shares).astype(np.float32)[None, :, :, None]
    return factor
