"""How the numbers of a network are stored: float32, float16, or 8 bits with a scale for each output channel.

Rounding happens on the ONNX graph, before any conversion, so that ONNX Runtime can judge the very network that ships. Storing
loses nothing more: channels keep their scales in every layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from kenali.export.graph import Array, Graph, Node
from kenali.types import FloatArray

Encoding = Literal["float32", "float16", "int8", "int32"]

_FEW = 1024
"""Constants of fewer numbers stay float32: they weigh nothing, and the first layer's kernels are the most delicate."""

_SMALL = 32_768
"""Kernels of fewer numbers are float16 where others are int8: a twentieth of EfficientNet-Lite0, a third of the error."""

_LARGEST_HALF = 65_504.0
_NOTHING = 1e-30  # channels of smaller numbers become zeros


@dataclass(frozen=True, slots=True)
class Storage:
    """An encoding; for int8, `axis` (in ONNX's layout) runs over the output channels, each with its own of the `scales`.

    Without `scales`, each channel's largest number gets the largest code.
    """

    encoding: Encoding
    axis: int = 0
    scales: FloatArray | None = None


def storage_of(graph: Graph, precision: str) -> dict[str, Storage]:
    """How the weights of a network are stored at a precision; constants that are not named stay float32.

    At int8, small and depthwise kernels and the head are float16: the former react most to rounding, the latter decides.
    """
    found: dict[str, Storage] = {}
    if precision == "float32":
        return found
    head = {name for node in graph.nodes if {"logits", "maps"}.intersection(node.outputs) for name in node.inputs}
    for node in graph.nodes:
        name = _weight_of(node)
        values = graph.constants.get(name)
        if values is None or values.dtype != np.float32 or values.size < _FEW or np.abs(values).max() > _LARGEST_HALF:
            continue
        depthwise = node.op == "Conv" and values.shape[1] == 1 and node.attributes.get("group", 1) > 1
        small = node.op == "Conv" and values.size < _SMALL
        half = precision == "float16" or name in head or depthwise or small
        found[name] = Storage("float16" if half else "int8", 0 if half else _channel_axis(node))
    return found


def rounded(graph: Graph, storage: Mapping[str, Storage]) -> Graph:
    """The graph whose constants are what is left of them once stored, as float32."""
    changed = {}
    for name, how in storage.items():
        values = graph.constants[name]
        if how.encoding == "float16":
            changed[name] = values.astype(np.float16).astype(np.float32)
        elif how.encoding == "int8":
            codes, scales = quantised(values, how.axis, how.scales)
            changed[name] = dequantised(codes, scales, how.axis)
    return replace(graph, constants={**graph.constants, **changed})


def scales_of(values: FloatArray, axis: int = -1) -> FloatArray:
    """For each channel along `axis`, (k,), the scale that gives its largest number the code 127."""
    others = tuple(one for one in range(values.ndim) if one != axis % values.ndim)
    largest = np.abs(values).max(axis=others).astype(np.float64)
    scales: FloatArray = np.where(largest > _NOTHING, largest / 127, 1).astype(np.float32)
    return scales


def quantised(values: FloatArray, axis: int = -1, scales: FloatArray | None = None) -> tuple[npt.NDArray[np.int8], FloatArray]:
    """Codes in -127..127 of the values' shape, and the scales (k,) of channels along `axis`; codes * scales is near values."""
    scales = scales_of(values, axis) if scales is None else scales
    codes = np.clip(np.rint(values / _along(axis, values.ndim, scales)), -127, 127).astype(np.int8)
    return codes, scales


def dequantised(codes: npt.NDArray[np.int8], scales: FloatArray, axis: int = -1) -> FloatArray:
    """The float32 values that codes and the scales of their channels stand for."""
    values: FloatArray = codes.astype(np.float32) * _along(axis, codes.ndim, scales)
    return values


def _along(axis: int, ndim: int, scales: FloatArray) -> FloatArray:
    """Scales (k,) shaped to multiply an array of `ndim` axes along one of them."""
    sides = [1] * ndim
    sides[axis] = -1
    return scales.reshape(sides)


def _weight_of(node: Node) -> str:
    """The name of a layer's kernel or matrix."""
    return node.inputs[1] if node.op in ("Conv", "Gemm", "MatMul") else ""


def _channel_axis(node: Node) -> int:
    """Where the output channels of a layer's weight lie in ONNX's layout."""
    return 0 if node.op == "Conv" or node.attributes.get("transB") else 1


def stored_bytes(values: Array, encoding: Encoding) -> bytes:
    """Little-endian numbers of an encoding other than int8."""
    return np.ascontiguousarray(values).astype({"float32": "<f4", "float16": "<f2", "int32": "<i4"}[encoding]).tobytes()
