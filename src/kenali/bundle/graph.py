"""`model.onnx`: a backbone and a linear head in one graph, from pixels to logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from kenali.bundle import novelty
from kenali.bundle.maps import add_maps
from kenali.errors import MissingExtra
from kenali.types import FloatArray


def attach_head(backbone: bytes, weight: FloatArray, bias: FloatArray) -> bytes:
    """The backbone's graph with logits = features @ weight.T + bias in place of its features.

    `weight` is (k, d), `bias` (k,). The input keeps its name `pixels`; outputs are `logits` (n, k) and, where the features
    are the mean of a feature map, `maps`: see `add_maps`.
    """
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError as error:
        raise MissingExtra("writing a bundle", "train", error) from error
    model = onnx.load_model_from_string(backbone)
    graph = model.graph
    features = graph.output[0].name
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(weight, np.float32), "head.weight"))
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(bias, np.float32), "head.bias"))
    graph.node.append(helper.make_node("Gemm", [features, "head.weight", "head.bias"], ["logits"], "head", transB=1))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(bias)]))
    add_maps(model)
    model.producer_name = "kenali"
    return bytes(model.SerializeToString(deterministic=True))


def count_parameters(model: bytes) -> int:
    """Trained numbers in a graph: its floating-point initialisers of one axis or more, without the novelty score's photos."""
    import onnx

    initialisers: Any = onnx.load_model_from_string(model).graph.initializer
    return sum(
        int(np.prod(tensor.dims))
        for tensor in initialisers
        if tensor.data_type == onnx.TensorProto.FLOAT and tensor.dims and not tensor.name.startswith(novelty.PREFIX)
    )
