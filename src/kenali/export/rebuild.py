"""`rebuild.onnx`: a bundle's graph without what the page has anyway or learns anew, for the page to complete and save.

It lacks the large weights, which lie in `weights.bin`, the head and the novelty prototypes. Messages of protocol buffers merge
when their bytes are concatenated, so the page appends one `graph` message that holds the missing initializers, and need not
understand the graph. The weights stay as `weights.bin` has them: the graph expands them (a `Cast`, a product with the scales)
and turns them into ONNX's layout, all on constants, which ONNX Runtime computes once, when it loads the network.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np

from kenali.bundle.graph import attach_head, count_parameters
from kenali.bundle.known import Known
from kenali.bundle.novelty import PREFIX, Prototypes, attach_novelty
from kenali.export.graph import Array, Graph, require_onnx, write_graph
from kenali.export.tfjs.weights import Weight

STORED = "stored."
"""What the names of initializers begin with that the page takes from `weights.bin`; `.scale` ends those of their scales."""

_FEW = 1024  # numbers; smaller constants stay in the graph
_LEARNED = ("head.weight", "head.bias", f"{PREFIX}prototypes", f"{PREFIX}neighbours")
_CLOSE = 1e-6  # scales that are computed twice may differ in their last bit


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The incomplete graph, the weights (by their names in `weights.json`) that it lacks, and what it gives once complete.

    `parameters` counts the trained numbers but for the head's.
    """

    model: bytes
    missing: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: int

    def learning(self, known: Known) -> dict[str, Any]:
        """`learning` in the page's manifest: what of the training photos is known, and how a bundle is completed."""
        facts = {"missing": list(self.missing), "outputs": list(self.outputs), "parameters": self.parameters}
        return {**known.as_json(), **facts}


def rebuild(graph: Graph, features: str, weights: Iterable[Weight]) -> Rebuild:
    """What the page needs of a network that ends in a linear layer on the tensor `features`.

    `weights` are what `weights.bin` holds. A constant that is not among them stays in the graph.
    """
    trunk = replace(graph, outputs=(features,)).pruned()
    sources = _sources(trunk, tuple(weights))
    length = graph.shapes[features][-1] or 1
    head = np.zeros((2, length), np.float32)
    model = attach_head(write_graph(trunk), head, np.zeros(2, np.float32))
    model = attach_novelty(model, Prototypes(np.eye(1, length, dtype=np.float32)))
    return _without(model, sources, count_parameters(model) - head.size - len(head))


def _sources(trunk: Graph, weights: tuple[Weight, ...]) -> dict[str, tuple[Weight, tuple[int, ...]]]:
    """For each large constant the stored weight that holds it, and the permutation that brings that to ONNX's layout."""
    found = {}
    for name, values in trunk.constants.items():
        if values.size < _FEW or values.dtype != np.float32:
            continue
        own = [weight for weight in weights if sorted(weight.values.shape) == sorted(values.shape)]
        for weight in sorted(own, key=lambda weight: weight.name != name):
            axes = _turned(weight.values, values)
            if axes is not None:
                found[name] = (weight, axes)
                break
    return found


def _turned(stored: Array, values: Array) -> tuple[int, ...] | None:
    """The permutation of axes that makes `stored` the same as `values`, None where there is none."""
    for axes in permutations(range(stored.ndim)):
        turned = stored.transpose(axes)
        if turned.shape == values.shape and np.allclose(turned, values, rtol=_CLOSE, atol=0):
            return axes
    return None


def _without(model: bytes, sources: dict[str, tuple[Weight, tuple[int, ...]]], parameters: int) -> Rebuild:
    """The model without the constants that the page has or learns; nodes in front expand the former."""
    onnx = require_onnx()
    proto = onnx.load_model_from_string(model)
    graph = proto.graph
    kept = [tensor for tensor in graph.initializer if tensor.name not in sources and tensor.name not in _LEARNED]
    nodes = [node for name, (weight, axes) in sources.items() for node in _expanding(name, weight, axes)]
    nodes += graph.node
    for field, values in ((graph.initializer, kept), (graph.node, nodes)):
        copies = [type(value).FromString(value.SerializeToString()) for value in values]
        del field[:]
        field.extend(copies)
    del graph.value_info[:]
    for output in graph.output:
        if output.name in ("logits", "maps"):
            output.type.tensor_type.shape.dim[1].dim_param = "k"
    return Rebuild(
        bytes(proto.SerializeToString(deterministic=True)),
        tuple(sorted({weight.name for weight, _ in sources.values()})),
        tuple(output.name for output in graph.output),
        parameters,
    )


def _expanding(name: str, weight: Weight, axes: tuple[int, ...]) -> list[Any]:
    """Nodes from the initializers of a stored weight to the constant `name`."""
    from onnx import TensorProto, helper

    taken = STORED + weight.name
    nodes = []

    def then(op: str, inputs: list[str], **attributes: Any) -> str:
        given = f"{name}.{op.lower()}"
        nodes.append(helper.make_node(op, inputs, [given], given, **attributes))
        return given

    last = taken if weight.encoding == "float32" else then("Cast", [taken], to=TensorProto.FLOAT)
    if weight.encoding == "int8":
        last = then("Mul", [last, f"{taken}.scale"])
    if axes != tuple(range(len(axes))):
        last = then("Transpose", [last], perm=list(axes))
    nodes.append(helper.make_node("Identity", [last], [name], f"{name}.identity"))
    return nodes
