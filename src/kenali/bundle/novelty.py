"""Novelty: how unlike a photo's features are to the nearest of those that the model learned from.

The score is one minus the mean cosine to the three nearest prototypes, after Y. Sun and others, "Out-of-distribution
detection with deep nearest neighbors" (ICML 2022). It needs a matrix product, `TopK` and a mean, so it lives in the graph
and is the same in every runtime. `benchmarks/novelty.py` compares it with other scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kenali.errors import KenaliError, MissingExtra
from kenali.types import FloatArray

PREFIX = "novelty."
"""What the names of the score's own nodes and numbers in a graph begin with; no training changes these numbers."""

_NEIGHBOURS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Prototypes:
    """Features of photos that the model knows, one a row, of length one: `unit` float32 (m, d)."""

    unit: FloatArray

    @property
    def neighbours(self) -> int:
        """How many of the nearest count."""
        return min(_NEIGHBOURS, len(self.unit))

    def novelty(self, features: FloatArray) -> FloatArray:
        """Novelty (n,) of features (n, d): 0 for a known photo, at most 2."""
        return from_similarity(unit_length(features) @ self.unit.T, self.neighbours)


def unit_length(features: FloatArray) -> FloatArray:
    """Features (n, d) scaled to length one; rows of zeros stay."""
    length = np.sqrt((features.astype(np.float32) ** 2).sum(axis=1, keepdims=True))
    unit: FloatArray = (features / np.maximum(length, 1e-12)).astype(np.float32)
    return unit


def from_similarity(similarity: FloatArray, neighbours: int = _NEIGHBOURS) -> FloatArray:
    """One minus the mean of each row's largest values: novelty (n,) from cosines (n, m)."""
    nearest = np.partition(similarity, similarity.shape[1] - neighbours, axis=1)[:, -neighbours:]
    novelty: FloatArray = (1 - nearest.mean(axis=1)).astype(np.float32)
    return novelty


def attach_novelty(model: bytes, prototypes: Prototypes) -> bytes:
    """The graph with a further output `novelty` (n,), computed from the features that its last linear layer sees."""
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError as error:
        raise MissingExtra("writing a bundle", "train", error) from error
    loaded = onnx.load_model_from_string(model)
    graph = loaded.graph
    numbers = {
        "prototypes": np.ascontiguousarray(prototypes.unit.T, np.float32),  # (d, m)
        "neighbours": np.array([prototypes.neighbours], np.int64),
        "across": np.array([1], np.int64),
        "one": np.array(1, np.float32),
        "least": np.array(1e-12, np.float32),
    }
    for name, value in numbers.items():
        graph.initializer.append(numpy_helper.from_array(value, PREFIX + name))

    features = _features_of(graph)
    for kind, inputs, outputs, attributes in (
        ("ReduceL2", [features, ".across"], [".length"], {"keepdims": 1}),
        ("Max", [".length", ".least"], [".divisor"], {}),
        ("Div", [features, ".divisor"], [".unit"], {}),
        ("MatMul", [".unit", ".prototypes"], [".cosines"], {}),
        ("TopK", [".cosines", ".neighbours"], [".nearest", ".which"], {"axis": 1, "largest": 1, "sorted": 0}),
        ("ReduceMean", [".nearest", ".across"], [".similarity"], {"keepdims": 0}),
        ("Sub", [".one", ".similarity"], ["novelty"], {}),
    ):
        named = [[f"novelty{name}" if name.startswith(".") else name for name in names] for names in (inputs, outputs)]
        graph.node.append(helper.make_node(kind, *named, f"novelty.{kind}", **attributes))
    graph.output.append(helper.make_tensor_value_info("novelty", TensorProto.FLOAT, ["n"]))
    return bytes(loaded.SerializeToString(deterministic=True))


def _features_of(graph: Any) -> str:
    """The tensor (n, d) that the linear layer nearest to `logits` takes."""
    maker = {output: node for node in graph.node for output in node.output}
    weights = {tensor.name for tensor in graph.initializer}
    reached = ["logits"]
    while reached:
        node = maker.get(reached.pop(0))
        if node is None:
            continue
        if node.op_type in ("Gemm", "MatMul") and node.input[1] in weights:
            return str(node.input[0])
        reached += node.input
    raise KenaliError("the network ends in no linear layer, so its novelty score has no features to stand on")
