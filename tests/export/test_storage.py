"""Weights in fewer bits: what is rounded, how far, and that storing loses nothing more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kenali.export.storage import dequantised, quantised, rounded, storage_of
from kenali.export.tfjs.weights import Weight, packed, specification
from kenali.types import FloatArray
from tests.export.graph_models import simplified_graph
from tests.tiny import doubting_model

KERNELS = arrays(np.float32, array_shapes(min_dims=2, max_dims=4, max_side=5), elements=st.floats(-8, 8, width=32))


@given(KERNELS, st.integers(0, 3))
def test_eight_bits_are_within_half_a_step_of_every_channel(values: FloatArray, axis: int) -> None:
    axis %= values.ndim
    codes, scales = quantised(values, axis)
    assert scales.shape == (values.shape[axis],)
    error = np.moveaxis(np.abs(dequantised(codes, scales, axis) - values), axis, -1)
    assert (error <= scales * 0.5001).all()


@given(KERNELS)
def test_rounding_twice_changes_no_code(values: FloatArray) -> None:
    codes, scales = quantised(values)
    again, _ = quantised(dequantised(codes, scales))
    np.testing.assert_array_equal(codes, again)


def unpacked(data: bytes, stored: dict[str, Any]) -> FloatArray:
    """What a StoredWeight stands for, as `web/src/types.ts` says."""
    count = int(np.prod(stored["shape"]))
    kind = {"float32": "<f4", "float16": "<f2", "int32": "<i4", "int8": "i1"}[stored["encoding"]]
    assert stored["offset"] % np.dtype(kind).itemsize == 0
    values: FloatArray = np.frombuffer(data, kind, count, stored["offset"]).reshape(stored["shape"]).astype(np.float32)
    if stored["encoding"] == "int8":
        values = values * np.frombuffer(data, "<f4", stored["shape"][-1], stored["scale_offset"])
    return values


def test_a_file_of_weights_holds_every_number_at_a_multiple_of_its_size() -> None:
    generator = np.random.default_rng(0)
    weights = [
        Weight("kernel", generator.normal(size=(3, 3, 2, 5)).astype(np.float32), "int8"),
        Weight("axes", np.array([1, 2], np.int32), "int32"),
        Weight("depthwise", generator.normal(size=(3, 3, 7, 1)).astype(np.float16).astype(np.float32), "float16"),
        Weight("bias", generator.normal(size=5).astype(np.float32), "float32"),
        Weight("matrix", generator.normal(size=(4, 3)).astype(np.float32), "int8"),
        Weight("number", np.array(0.5, np.float32), "float32"),
    ]
    data, listed = packed(weights)
    assert len(data) == 90 + 5 * 4 + 2 * 4 + 63 * 2 + 5 * 4 + 12 + 3 * 4 + 4
    by_name = {weight.name: weight for weight in weights}
    assert {stored["name"] for stored in listed} == set(by_name)
    for stored in listed:
        weight = by_name[stored["name"]]
        expected = dequantised(*quantised(weight.values)) if weight.encoding == "int8" else weight.values
        np.testing.assert_array_equal(unpacked(data, stored), expected)


def test_a_plain_manifest_leaves_float16_to_tensorflow_js() -> None:
    _, (stored,) = packed([Weight("kernel", np.ones((2, 3), np.float32), "float16")])
    assert specification(stored, plain=True)["quantization"] == {"dtype": "float16", "original_dtype": "float32"}
    assert specification(stored, plain=False) == {"name": "kernel", "shape": [2, 3], "dtype": "float32"}


def test_float32_rounds_nothing() -> None:
    assert storage_of(simplified_graph(doubting_model()), "float32") == {}


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_small_constants_stay_as_they_are(precision: str) -> None:
    graph = simplified_graph(doubting_model())
    storage = storage_of(graph, precision)
    assert storage == {}
    assert rounded(graph, storage).constants == graph.constants
