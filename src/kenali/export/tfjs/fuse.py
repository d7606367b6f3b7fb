"""Rectifiers that go into the layer before them: one pass over the map instead of two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kenali.export.graph import Array, Graph, Node

ACTIVATION = "activation"
"""The attribute that a fused layer gets: the name of TensorFlow's operator. ONNX has no such thing, so it stays in here."""


def fused(graph: Graph) -> Graph:
    """The graph whose convolutions and linear layers hold the Relu or Clip(0, 6) that alone takes what they give."""
    uses = graph.uses()
    place: dict[str, int] = {}
    kept: list[Node] = []
    for node in graph.nodes:
        activation, taken = rectifier(node, graph.constants), node.inputs[0] if node.inputs else ""
        if activation and taken in place and uses[taken] == 1:
            layer = kept[place[taken]]
            attributes = {**layer.attributes, ACTIVATION: activation}
            kept[place[taken]] = replace(layer, outputs=node.outputs, attributes=attributes)
            continue
        if node.op in ("Conv", "Gemm"):
            place[node.outputs[0]] = len(kept)
        kept.append(node)
    return replace(graph, nodes=tuple(kept))


def rectifier(node: Node, constants: Mapping[str, Array]) -> str | None:
    """`Relu` or `Relu6` where a node is just that."""
    if node.op == "Relu":
        return "Relu"
    if node.op == "Clip" and len(node.inputs) == 3 and all(name in constants for name in node.inputs[1:]):
        low, high = (float(constants[name]) for name in node.inputs[1:])
        return "Relu6" if (low, high) == (0, 6) else None
    return None
