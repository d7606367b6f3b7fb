"""dlib's face embedder as an ONNX graph, written from its weights file without dlib.

The file (CC0, by Davis King) holds the tensors of a ResNet with 29 convolutions in the order in which photos pass them: a
packed convolution (filters, then biases) and an affine layer (scales, then shifts) in turn, and a last matrix without
bias. Each tensor begins with the bytes 01 02 and four dimensions as dlib writes whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kenali.errors import KenaliError, MissingExtra
from kenali.types import FloatArray

SIDE = 150
"""The network sees square RGB chips of so many pixels."""

FEATURES = 128
_MEAN = (122.782, 117.001, 104.298)
_SCALE = 256.0
_STAGES = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))  # channels, residual blocks; all but the first begin by halving
_MARK = b"\x01\x02"


@dataclass(frozen=True, slots=True)
class _Convolution:
    """Filters (out, in, k, k) and biases (out,), the affine layer that follows folded in."""

    filters: FloatArray
    biases: FloatArray


def embedder_graph(data: bytes) -> bytes:
    """The ONNX graph from `pixels` float32 (n, 3, 150, 150), RGB 0-255, to `embedding` float32 (n, 128), not normalised.

    `data` are the bytes of `dlib_face_recognition_resnet_model_v1.dat`. Raises KenaliError when they are something else.
    """
    try:
        from onnx import TensorProto, helper, numpy_helper
    except ImportError as error:
        raise MissingExtra("setting up faces", "faces", error) from error
    convolutions, last = _weights(data)
    nodes: list[Any] = []
    numbers = {
        "mean": np.array(_MEAN, np.float32).reshape(1, 3, 1, 1),
        "scale": np.array(_SCALE, np.float32),
        "last": last,
    }

    def add(kind: str, inputs: list[str], **attributes: Any) -> str:
        output = f"{kind.lower()}.{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output

    def convolve(source: str, number: int, stride: int, pad: int) -> str:
        layer, name = convolutions[number], f"convolution.{number}"
        numbers[f"{name}.filters"], numbers[f"{name}.biases"] = layer.filters, layer.biases
        return add("Conv", [source, f"{name}.filters", f"{name}.biases"], strides=[stride, stride], pads=[pad] * 4)

    def padded(source: str, name: str, channels: int, rows: int) -> str:
        """`source` with zeros added after its channels, rows and columns."""
        if not channels and not rows:
            return source
        numbers[name] = np.array([0, 0, 0, 0, 0, channels, rows, rows], np.int64)
        return add("Pad", [source, name])

    here = add("Div", [add("Sub", ["pixels", "mean"]), "scale"])
    here = add("Relu", [convolve(here, 0, 2, 0)])
    here = add("MaxPool", [here], kernel_shape=[3, 3], strides=[2, 2])
    side, channels, number = (((SIDE - 7) // 2 + 1) - 3) // 2 + 1, 32, 1
    for stage, (width, blocks) in enumerate(_STAGES):
        for block in range(blocks):
            halves = stage > 0 and block == 0
            ahead = add("Relu", [convolve(here, number, 2 if halves else 1, 0 if halves else 1)])
            ahead = convolve(ahead, number + 1, 1, 1)
            if halves:
                short, long = side // 2, (side - 3) // 2 + 1
                here = add("AveragePool", [here], kernel_shape=[2, 2], strides=[2, 2])
                side = max(short, long)
                here = padded(here, f"pad.{number}.short", width - channels, side - short)
                ahead = padded(ahead, f"pad.{number}.long", 0, side - long)
                channels = width
            here = add("Relu", [add("Add", [ahead, here])])
            number += 2
    pooled = add("Flatten", [add("GlobalAveragePool", [here])])
    nodes.append(helper.make_node("MatMul", [pooled, "last"], ["embedding"], "embedding"))
    graph = helper.make_graph(
        nodes,
        "dlib_face_embedder",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", FEATURES])],
        [numpy_helper.from_array(value, name) for name, value in numbers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="kenali")
    return bytes(model.SerializeToString(deterministic=True))


def _shapes() -> list[tuple[int, int, int]]:
    """(out, in, kernel) of the 29 convolutions, in order."""
    shapes, channels = [(32, 3, 7)], 32
    for width, blocks in _STAGES:
        for _ in range(blocks):
            shapes += [(width, channels, 3), (width, width, 3)]
            channels = width
    return shapes


def _weights(data: bytes) -> tuple[list[_Convolution], FloatArray]:
    """All convolutions, and the last matrix (256, 128)."""
    place, convolutions = 0, []
    for outputs, inputs, kernel in _shapes():
        size = outputs * inputs * kernel * kernel
        packed, place = _next_tensor(data, place, (size + outputs, 1, 1, 1))
        affine, place = _next_tensor(data, place, (2 * outputs, 1, 1, 1))
        scales, shifts = affine[:outputs], affine[outputs:]
        filters = packed[:size].reshape(outputs, inputs, kernel, kernel) * scales[:, None, None, None]
        convolutions.append(_Convolution(filters, packed[size:] * scales + shifts))
    last, _ = _next_tensor(data, place, (_STAGES[-1][0], FEATURES, 1, 1))
    return convolutions, last.reshape(_STAGES[-1][0], FEATURES)


def _next_tensor(data: bytes, place: int, dimensions: tuple[int, ...]) -> tuple[FloatArray, int]:
    """The numbers of the first tensor at or after `place` that has these dimensions, and where it ends."""
    mark = _MARK + b"".join(_whole_number(size) for size in dimensions)
    found = data.find(mark, place)
    count = int(np.prod(dimensions))
    end = found + len(mark) + 4 * count
    if found < 0 or end > len(data):
        raise KenaliError(f"this is not dlib's face embedder: a tensor of {dimensions} is missing")
    return np.frombuffer(data, "<f4", count, found + len(mark)).astype(np.float32), end


def _whole_number(value: int) -> bytes:
    """A positive whole number as dlib writes it: how many bytes follow, then they, the lowest first."""
    size = (value.bit_length() + 7) // 8
    return bytes([size]) + value.to_bytes(size, "little")
