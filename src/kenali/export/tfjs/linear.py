"""Products of matrices and linear layers."""

from __future__ import annotations

import numpy as np

from kenali.export.graph import Node
from kenali.export.tfjs.builder import Builder, unsupported
from kenali.export.tfjs.fuse import ACTIVATION


def linear(builder: Builder, node: Node) -> None:
    """Gemm with constant weights: features (n, d) times (d, k) plus a bias, with its rectifier in one node."""
    weight, bias = builder.constant(node, 1), builder.constant(node, 2)
    flags = node.attributes
    if weight is None or flags.get("transA"):
        raise unsupported(node, "whose first factor is transposed")
    weight = (weight.T if flags.get("transB") else weight) * np.float32(flags.get("alpha", 1.0))
    size = weight.shape[1]
    if bias is None:
        bias_name, bias = f"{node.outputs[0]}.bias", np.zeros(size, np.float32)
    else:
        bias_name, bias = node.inputs[2], np.broadcast_to(bias.reshape(-1), (size,)) * np.float32(flags.get("beta", 1.0))
    activation = flags.get(ACTIVATION)
    names = [builder.first(node.inputs[0]), builder.weight(node.inputs[1], weight), builder.weight(bias_name, bias)]
    fused = ["BiasAdd", activation] if activation else ["BiasAdd"]
    made = builder.add("_FusedMatMul", names, transpose_a=False, transpose_b=False, fused_ops=fused, num_args=1)
    builder.give(node.outputs[0], made)


def product(builder: Builder, node: Node) -> None:
    """MatMul of two matrices, or of stacks of them with equally many axes."""
    ranks = {len(builder.shape(name)) for name in node.inputs}
    if len(ranks) != 1 or ranks == {1}:
        raise unsupported(node, "of tensors with different numbers of axes")
    factors = [builder.first(name) for name in node.inputs]
    if ranks == {2}:
        made = builder.add("MatMul", factors, transpose_a=False, transpose_b=False)
    else:
        made = builder.add("BatchMatMulV2", factors, adj_x=False, adj_y=False)
    builder.give(node.outputs[0], made)
