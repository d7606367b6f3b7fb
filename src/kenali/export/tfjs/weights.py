"""The numbers of a graph model: one file, and a list that says how to read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kenali.export.graph import Array
from kenali.export.storage import Encoding, quantised, stored_bytes
from kenali.types import FloatArray

_ORDER: tuple[Encoding, ...] = ("int32", "float32", "float16", "int8")


@dataclass(frozen=True, slots=True, eq=False)
class Weight:
    """A constant of a graph model in TensorFlow's layout, float32 or int32; its last axis runs over output channels.

    `scales` are those of the channels where it is stored as int8 and they are not simply the largest numbers'.
    """

    name: str
    values: Array
    encoding: Encoding
    scales: FloatArray | None = None

    @property
    def dtype(self) -> str:
        return "int32" if self.encoding == "int32" else "float32"


def packed(weights: Iterable[Weight]) -> tuple[bytes, list[dict[str, Any]]]:
    """`weights.bin`, and the StoredWeight of each weight in the order of the file.

    Wide numbers come first, so that every number lies at a multiple of its size.
    """
    ordered = sorted(weights, key=lambda weight: _ORDER.index(weight.encoding))  # stable
    codes = {weight.name: quantised(weight.values, -1, weight.scales) for weight in ordered if weight.encoding == "int8"}
    wide = [stored_bytes(weight.values, weight.encoding) for weight in ordered if weight.encoding in ("int32", "float32")]
    scales = [stored_bytes(codes[name][1], "float32") for name in codes]
    narrow = [
        codes[weight.name][0].tobytes() if weight.encoding == "int8" else stored_bytes(weight.values, weight.encoding)
        for weight in ordered
        if weight.encoding in ("float16", "int8")
    ]
    wide_end = sum(map(len, wide))
    scale_offsets = dict(zip(codes, wide_end + np.cumsum([0, *map(len, scales)]), strict=False))
    starts = np.cumsum([0, *map(len, wide)])[:-1].tolist()
    starts += (wide_end + sum(map(len, scales)) + np.cumsum([0, *map(len, narrow)])[:-1]).tolist()
    listed = []
    for weight, offset in zip(ordered, starts, strict=True):
        facts = {"shape": list(weight.values.shape), "dtype": weight.dtype, "encoding": weight.encoding, "offset": int(offset)}
        scale = {"scale_offset": int(scale_offsets[weight.name])} if weight.name in scale_offsets else {}
        listed.append({"name": weight.name, **facts, **scale})
    return b"".join((*wide, *scales, *narrow)), listed


def specification(stored: dict[str, Any], plain: bool) -> dict[str, Any]:
    """A weight's entry in the weights manifest of TF.js; in a `plain` export TF.js itself expands float16."""
    entry = {name: stored[name] for name in ("name", "shape", "dtype")}
    if plain and stored["encoding"] == "float16":
        entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
    return entry
