"""Pure rewrites that leave a network's answers as they are and its graph smaller: constants, batch norms, linear heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from kenali.errors import KenaliError
from kenali.export.graph import Array, Graph, Node, evaluate

_SAME = ("Identity", "Dropout")


def simplified(graph: Graph) -> Graph:
    """The graph without what training left behind; its inputs, outputs and answers stay."""
    for rewrite in _REWRITES:
        graph = rewrite(graph).pruned()
    return graph


def _without_copies(graph: Graph) -> Graph:
    """Tensors that equal others (Identity, and Dropout outside of training) go by the others' names."""
    names: dict[str, str] = {}
    kept = []
    for node in graph.nodes:
        if node.op in _SAME and node.outputs[0] not in graph.outputs and not any(node.outputs[1:]):
            names[node.outputs[0]] = names.get(node.inputs[0], node.inputs[0])
        else:
            kept.append(node)
    return replace(graph, nodes=tuple(kept)).rename(names)


def _constants_computed(graph: Graph) -> Graph:
    """Nodes that stand on constants alone become constants."""
    known = set(graph.constants)
    fixed, kept = [], []
    for node in graph.nodes:
        if node.inputs and all(name in known or not name for name in node.inputs):
            fixed.append(node)
            known.update(node.outputs)
        else:
            kept.append(node)
    values = evaluate(graph, tuple(fixed)) if fixed else {}
    shapes = {**graph.shapes, **{name: value.shape for name, value in values.items()}}
    return replace(graph, nodes=tuple(kept), constants={**graph.constants, **values}, shapes=shapes)


def _shapes_stated(graph: Graph) -> Graph:
    """A Reshape whose shape is computed gets the inferred one, where no more than the number of photos is open."""
    constants, kept = dict(graph.constants), []
    for node in graph.nodes:
        shape = graph.shapes.get(node.outputs[0], (None, None))
        if node.op == "Reshape" and node.inputs[1] not in constants and shape.count(None) < 2:
            name = f"{node.outputs[0]}.shape"
            constants[name] = np.array([-1 if side is None else side for side in shape], np.int64)
            node = replace(node, inputs=(node.inputs[0], name))
        kept.append(node)
    return replace(graph, nodes=tuple(kept), constants=constants)


def _norms_folded(graph: Graph) -> Graph:
    """Each batch norm goes into the convolution before it, or becomes a factor and a summand a channel."""
    uses, constants, shapes = graph.uses(), dict(graph.constants), dict(graph.shapes)
    kept: list[Node] = []
    for node in graph.nodes:
        if node.op != "BatchNormalization":
            kept.append(node)
            continue
        scale, shift = _factor_and_summand(node, constants)
        taken, given = node.inputs[0], node.outputs[0]
        before = next((index for index, one in enumerate(kept) if taken in one.outputs), None)
        convolution = kept[before] if before is not None and uses[taken] == 1 else None
        if before is not None and convolution and convolution.op == "Conv" and convolution.inputs[1] in constants:
            weight = constants[convolution.inputs[1]]
            bias = constants[convolution.inputs[2]] if _has(convolution, 2) else np.zeros(len(scale), np.float32)
            names = (f"{given}.weight", f"{given}.bias")
            constants[names[0]] = (weight * scale.reshape(-1, *[1] * (weight.ndim - 1))).astype(np.float32)
            constants[names[1]] = (bias * scale + shift).astype(np.float32)
            kept[before] = replace(convolution, inputs=(convolution.inputs[0], *names), outputs=(given,))
        else:
            sides = (1, -1, *[1] * (len(shapes[taken]) - 2))
            names = (f"{given}.scale", f"{given}.shift")
            constants[names[0]], constants[names[1]] = scale.reshape(sides), shift.reshape(sides)
            scaled = f"{given}.scaled"
            shapes[scaled] = shapes[taken]
            kept += [Node("Mul", (taken, names[0]), (scaled,), {}), Node("Add", (scaled, names[1]), (given,), {})]
        shapes |= {name: constants[name].shape for name in names}
    return replace(graph, nodes=tuple(kept), constants=constants, shapes=shapes)


def _factor_and_summand(norm: Node, constants: Mapping[str, Array]) -> tuple[Array, Array]:
    """A batch norm as x * scale + shift, each (c,)."""
    if any(name not in constants for name in norm.inputs[1:]):
        raise KenaliError("the network holds a batch norm whose statistics are no constants; it cannot be exported")
    gamma, beta, mean, variance = (constants[name].astype(np.float64) for name in norm.inputs[1:5])
    scale = gamma / np.sqrt(variance + norm.attributes.get("epsilon", 1e-5))
    return scale.astype(np.float32), (beta - mean * scale).astype(np.float32)


def _linear_after_matmul(graph: Graph) -> Graph:
    """A product with a constant matrix and a constant summand behind it become one linear layer (Gemm)."""
    uses, constants = graph.uses(), graph.constants
    products = {
        node.outputs[0]: node
        for node in graph.nodes
        if node.op == "MatMul"
        and uses[node.outputs[0]] == 1
        and len(graph.shapes.get(node.inputs[0], ())) == 2
        and np.ndim(constants.get(node.inputs[1], 0)) == 2
    }
    kept: list[Node] = []
    for node in graph.nodes:
        taken = next((name for name in node.inputs if name in products), None) if node.op == "Add" else None
        bias = constants.get(next((name for name in node.inputs if name != taken), ""))
        if taken is None or bias is None or bias.shape != graph.shapes[node.outputs[0]][-1:]:
            kept.append(node)
            continue
        kept.remove(products[taken])
        summand = next(name for name in node.inputs if name != taken)
        kept.append(Node("Gemm", (*products[taken].inputs, summand), node.outputs, {}))
    return replace(graph, nodes=tuple(kept))


def _sigmoid_head_as_linear(graph: Graph) -> Graph:
    """A sigmoid head's logits (0, z) with z = linear(features) become one linear layer with a row of zeros above.

    The zeros are recognised by what fills them: an Expand or ConstantOfShape of zero, or z times zero.
    """
    joint = graph.maker("logits")
    if joint is None or joint.op != "Concat" or len(joint.inputs) != 2:
        return graph
    zeros, linear = graph.maker(joint.inputs[0]), graph.maker(joint.inputs[1])
    if zeros is None or linear is None or linear.op != "Gemm" or not _is_zero(zeros, graph.constants):
        return graph
    flags = linear.attributes
    if not flags.get("transB") or flags.get("transA") or flags.get("alpha", 1.0) != 1 or flags.get("beta", 1.0) != 1:
        return graph
    if not _has(linear, 2) or any(name not in graph.constants for name in linear.inputs[1:3]):
        return graph
    weight, bias = (graph.constants[name] for name in linear.inputs[1:3])
    names = ("head.weight", "head.bias")
    both = {names[0]: np.concatenate([np.zeros_like(weight), weight]), names[1]: np.concatenate([np.zeros_like(bias), bias])}
    head = Node("Gemm", (linear.inputs[0], *names), ("logits",), {"transB": 1})
    nodes = tuple(head if node is joint else node for node in graph.nodes)
    shapes = {**graph.shapes, **{name: value.shape for name, value in both.items()}}
    return replace(graph, nodes=nodes, constants={**graph.constants, **both}, shapes=shapes)


def _is_zero(node: Node, constants: Mapping[str, Array]) -> bool:
    """Whether a node gives zeros, whatever it takes."""
    if node.op == "ConstantOfShape":
        from onnx import numpy_helper

        value = node.attributes.get("value")
        return value is None or not numpy_helper.to_array(value).any()
    candidates = {"Expand": node.inputs[:1], "Mul": node.inputs}.get(node.op, ())
    return any(name in constants and not constants[name].any() for name in candidates)


def _has(node: Node, index: int) -> bool:
    return len(node.inputs) > index and bool(node.inputs[index])


_REWRITES: tuple[Callable[[Graph], Graph], ...] = (
    _without_copies,
    _constants_computed,
    _shapes_stated,
    _norms_folded,
    _linear_after_matmul,
    _sigmoid_head_as_linear,
)
