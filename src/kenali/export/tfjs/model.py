"""A whole graph model: its topology, its weights, and which outputs it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kenali.export.graph import Graph, Shape
from kenali.export.head import head_of
from kenali.export.storage import Storage
from kenali.export.tfjs.builder import TO_LAST, Builder, unsupported
from kenali.export.tfjs.fuse import fused
from kenali.export.tfjs.operators import CONVERTERS
from kenali.export.tfjs.weights import Weight, packed, specification


@dataclass(frozen=True, slots=True, eq=False)
class GraphModel:
    """A graph model in memory. `head` names the weights of the head, and of the novelty prototypes, or is None."""

    nodes: tuple[dict[str, Any], ...]
    signature: dict[str, Any]
    weights: tuple[Weight, ...]
    outputs: tuple[str, ...]
    head: dict[str, str | None] | None

    def files(self, plain: bool) -> tuple[dict[str, Any], list[dict[str, Any]], bytes]:
        """`model.json`, `weights.json` and `weights.bin`.

        In a `plain` model TF.js itself expands float16; else the weights manifest describes the numbers after a loader
        expanded them as `weights.json` says.
        """
        numbers, stored = packed(self.weights)
        manifest = {"paths": ["weights.bin"], "weights": [specification(one, plain) for one in stored]}
        model = {
            "format": "graph-model",
            "generatedBy": "kenali",
            "convertedBy": None,
            "signature": self.signature,
            "modelTopology": {"node": list(self.nodes), "library": {}, "versions": {"producer": 1}},
            "weightsManifest": [manifest],
        }
        return model, stored, numbers


def draw(graph: Graph, storage: Mapping[str, Storage]) -> GraphModel:
    """The graph model of a simplified ONNX graph, pixels (n, h, w, c) in.

    Outputs are those of the graph, and `features` (n, d) and `feature_map` (n, h', w', d) where it has them; maps lie channels
    last. Raises KenaliError, naming the operator, where one cannot be converted.
    """
    head = head_of(graph)
    graph = _kept_apart(graph, [name for name in (head.features, head.feature_map) if name] if head else [])
    builder = Builder(graph, storage)
    builder.placeholder(graph.input, graph.shapes[graph.input])
    for node in graph.nodes:
        if node.op not in CONVERTERS:
            raise unsupported(node)
        CONVERTERS[node.op](builder, node)
    tensors = {name: name for name in graph.outputs}
    if head:
        tensors |= {"features": head.features, **({"feature_map": head.feature_map} if head.feature_map else {})}
    names = {}
    if head:
        layer = next(node for node in builder.nodes if node["name"] == builder.as_is("logits"))
        weight, bias = layer["input"][1:3]
        names = {"weight": weight, "bias": bias, "prototypes": builder.first(head.prototypes) if head.prototypes else None}
    shapes = {}
    for name, tensor in tensors.items():
        shape = builder.shape(tensor)
        last = len(shape) == 4
        builder.add("Identity", [builder.last(tensor) if last else builder.first(tensor)], name=name)
        shapes[name] = tuple(shape[axis] for axis in TO_LAST) if last else shape
    seen = graph.shapes[graph.input]
    signature = {
        "inputs": {graph.input: _entry(graph.input, tuple(seen[axis] for axis in TO_LAST))},
        "outputs": {name: _entry(name, shape) for name, shape in shapes.items()},
    }
    constants = [_constant(weight) for weight in builder.weights.values()]
    return GraphModel((*constants, *builder.nodes), signature, tuple(builder.weights.values()), tuple(tensors), names or None)


def _kept_apart(graph: Graph, tensors: list[str]) -> Graph:
    """The graph with fused rectifiers, but for those that would swallow one of `tensors`."""
    watched = replace(graph, outputs=(*graph.outputs, *(name for name in tensors if name not in graph.outputs)))
    return replace(fused(watched), outputs=graph.outputs)


def _entry(name: str, shape: Shape) -> dict[str, Any]:
    return {"name": f"{name}:0", "dtype": "DT_FLOAT", "tensorShape": _sides(shape)}


def _constant(weight: Weight) -> dict[str, Any]:
    kind = {"float32": "DT_FLOAT", "int32": "DT_INT32"}[weight.dtype]
    value = {"tensor": {"dtype": kind, "tensorShape": _sides(weight.values.shape)}}
    return {"name": weight.name, "op": "Const", "input": [], "attr": {"dtype": {"type": kind}, "value": value}}


def _sides(shape: Shape) -> dict[str, Any]:
    return {"dim": [{"size": str(-1 if side is None else side)} for side in shape]}
