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

_LARGEST_HALF = 65_504.0


@dataclass(frozen=True, slots=True)
class Storage:
    """An encoding; for int8, `axis` (in ONNX's layout) runs over the output channels, each with its own scale."""

    encoding: Encoding
    axis: int = 0


def storage_of(graph: Graph, precision: str) -> dict[str, Storage]:
    """How the weights of a network are stored at a precision; constants that are not named stay float32.

    At int8, depthwise kernels and the head are float16: the former react most to rounding and are few, the latter decides.
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
        half = precision == "float16" or name in head or depthwise
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
            codes, scales = quantised(values, how.axis)
            changed[name] = dequantised(codes, scales, how.axis)
    return replace(graph, constants={**graph.constants, **changed})


def quantised(values: FloatArray, axis: int = -1) -> tuple[npt.NDArray[np.int8], FloatArray]:
    """Codes in -127..127 of the values' shape, and each channel's scale, (k,), along `axis`: codes * scale is near values."""
    others = tuple(one for one in range(values.ndim) if one != axis % values.ndim)
    largest = np.abs(values).max(axis=others, keepdims=True).astype(np.float64)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    codes = np.clip(np.rint(values / scale), -127, 127).astype(np.int8)
    return codes, scale.reshape(-1)


def dequantised(codes: npt.NDArray[np.int8], scales: FloatArray, axis: int = -1) -> FloatArray:
    """The float32 values that codes and the scales of their channels stand for."""
    sides = [1] * codes.ndim
    sides[axis] = -1
    values: FloatArray = codes.astype(np.float32) * scales.reshape(sides)
    return values


def _weight_of(node: Node) -> str:
    """The name of a layer's kernel or matrix."""
    return node.inputs[1] if node.op in ("Conv", "Gemm", "MatMul") else ""


def _channel_axis(node: Node) -> int:
    """Where the output channels of a layer's weight lie in ONNX's layout."""
    return 0 if node.op == "Conv" or node.attributes.get("transB") else 1


def stored_bytes(values: Array, encoding: Encoding) -> bytes:
    """Little-endian numbers of an encoding other than int8."""
    return np.ascontiguousarray(values).astype({"float32": "<f4", "float16": "<f2", "int32": "<i4"}[encoding]).tobytes()
