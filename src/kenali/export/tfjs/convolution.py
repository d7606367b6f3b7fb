"""Convolutions: plain, depthwise and grouped, each with its bias and its rectifier in one node."""

from __future__ import annotations

from typing import Any

import numpy as np

from kenali.export.graph import Node
from kenali.export.tfjs.builder import Builder, unsupported
from kenali.export.tfjs.fuse import ACTIVATION
from kenali.export.tfjs.windows import Windows, windows_of


def convolution(builder: Builder, node: Node) -> None:
    """Kernels (out, in / groups, h, w) become (h, w, in, out), or (h, w, in, out / in) where each channel has its own."""
    kernels = builder.constant(node, 1)
    if kernels is None or kernels.ndim != 4:
        raise unsupported(node, "over other axes than height and width")
    windows = windows_of(builder, node, kernels.shape[2:])
    if max(windows.strides) > 1 and max(windows.dilations) > 1:
        raise unsupported(node, f"with both strides {windows.strides} and dilations {windows.dilations}")
    bias = builder.constant(node, 2)
    bias_name = node.inputs[2] if bias is not None else f"{node.outputs[0]}.bias"
    bias = np.zeros(len(kernels), np.float32) if bias is None else bias
    channels, groups = builder.shape(node.inputs[0])[1], node.attributes.get("group", 1)
    pixels, attributes = builder.last(node.inputs[0]), _attributes(node, windows)

    def fused(op: str, taken: str, weight: Any, summand: Any, part: tuple[int, int] | None = None) -> str:
        names = (builder.weight(node.inputs[1], weight, part), builder.weight(bias_name, summand, part))
        return builder.add(op, [taken, *names], **attributes)

    if groups == 1:
        made = fused("_FusedConv2D", pixels, kernels.transpose(2, 3, 1, 0), bias)
    elif groups == channels:
        own = kernels.reshape(groups, -1, *windows.kernel).transpose(2, 3, 0, 1)
        made = fused("FusedDepthwiseConv2dNative", pixels, own, bias)
    else:
        parts = builder.add("SplitV", [pixels, builder.integers([channels // groups] * groups), builder.integers(3)])
        pieces = [
            fused(
                "_FusedConv2D", f"{parts}:{index}" if index else parts, weight.transpose(2, 3, 1, 0), summand, (index, groups)
            )
            for index, (weight, summand) in enumerate(zip(np.split(kernels, groups), np.split(bias, groups), strict=True))
        ]
        made = builder.add("ConcatV2", [*pieces, builder.integers(3)], N=groups)
    builder.give(node.outputs[0], made, last=True)


def _attributes(node: Node, windows: Windows) -> dict[str, Any]:
    activation = node.attributes.get(ACTIVATION)
    (top, left), (bottom, right) = windows.before, windows.end
    padding = {"padding": "EXPLICIT", "explicit_paddings": [0, 0, top, bottom, left, right, 0, 0]}
    return {
        "strides": [1, *windows.strides, 1],
        "dilations": [1, *windows.dilations, 1],
        **(padding if windows.padded else {"padding": "VALID"}),
        "data_format": "NHWC",
        "fused_ops": ["BiasAdd", activation] if activation else ["BiasAdd"],
        "num_args": 1,
    }
