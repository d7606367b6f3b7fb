"""The end of a network: the linear layer that gives the logits, and the features that it takes."""

from __future__ import annotations

from dataclasses import dataclass

from kenali.bundle import novelty
from kenali.export.graph import Graph, Node

_SAME_NUMBERS = ("Flatten", "Reshape", "Squeeze", "Identity", "Dropout")


@dataclass(frozen=True, slots=True)
class Head:
    """Names of tensors in the ONNX graph.

    `features` (n, d) times the constant `weight` plus `bias` are the logits. `feature_map` (n, d, h', w') is there where the
    features are its mean, `prototypes` (d, m) where there is a novelty score.
    """

    features: str
    weight: str
    bias: str
    feature_map: str | None
    prototypes: str | None


def head_of(graph: Graph) -> Head | None:
    """The head of a simplified graph; None where the network ends in anything but one linear layer."""
    layer = graph.maker("logits")
    if layer is None or layer.op != "Gemm" or len(layer.inputs) < 3 or any(n not in graph.constants for n in layer.inputs[1:]):
        return None
    features, weight, bias = layer.inputs
    prototypes = f"{novelty.PREFIX}prototypes"
    return Head(features, weight, bias, _pooled_map(graph, features), prototypes if prototypes in graph.constants else None)


def _pooled_map(graph: Graph, features: str) -> str | None:
    """The map whose mean over places the features are."""
    pool = graph.maker(features)
    while pool is not None and pool.op in _SAME_NUMBERS:
        pool = graph.maker(pool.inputs[0])
    if pool is None or len(graph.shapes.get(pool.inputs[0], ())) != 4 or not _over_places(pool, graph):
        return None
    return pool.inputs[0] if graph.shapes[pool.inputs[0]][1] == graph.shapes[features][-1] else None


def _over_places(pool: Node, graph: Graph) -> bool:
    if pool.op == "GlobalAveragePool":
        return True
    axes = pool.attributes.get("axes")
    if axes is None and len(pool.inputs) > 1 and pool.inputs[1] in graph.constants:
        axes = graph.constants[pool.inputs[1]].tolist()
    return pool.op == "ReduceMean" and axes is not None and {axis % 4 for axis in axes} == {2, 3}
