"""Class activation maps in the graph: where in the photo each class's logit comes from, the same in every runtime."""

from __future__ import annotations

from typing import Any

_SAME_NUMBERS = ("Flatten", "Reshape", "Squeeze", "Identity", "Dropout")
_POOLS = ("GlobalAveragePool", "ReduceMean")


def with_maps(model: bytes) -> bytes:
    """The graph with the output `maps` beside `logits`, where its head allows it; else the graph as it is."""
    import onnx

    proto = onnx.load_model_from_string(model)
    return bytes(proto.SerializeToString(deterministic=True)) if add_maps(proto) else model


def add_maps(model: Any) -> bool:
    """Give a ModelProto whose output `logits` is a linear head on global average pooling the output `maps`, in place.

    `maps` (n, k, h', w') is the head applied at each position of the last feature map, without its bias; its mean over
    positions plus the bias is `logits` (Zhou and others 2016, "Learning deep features for discriminative localization").
    Returns False, and changes nothing, for any other head: the class activation map of such a network is not exact.
    """
    from onnx import TensorProto, helper, numpy_helper, shape_inference

    graph = model.graph
    maker = {output: node for node in graph.node for output in node.output}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    head = maker.get("logits")
    if head is None or head.op_type != "Gemm" or head.input[1] not in constants:
        return False
    flags = {attribute.name: helper.get_attribute_value(attribute) for attribute in head.attribute}
    if not flags.get("transB") or flags.get("transA") or flags.get("alpha", 1.0) != 1:
        return False
    pool = maker.get(head.input[0])
    while pool is not None and pool.op_type in _SAME_NUMBERS:
        pool = maker.get(pool.input[0])
    if pool is None or pool.op_type not in _POOLS:
        return False
    features = pool.input[0]
    shape = _shape_of(features, graph)
    if not shape or not all(side.dim_value for side in shape[1:]):  # not written down by the exporter
        shape = _shape_of(features, shape_inference.infer_shapes(model).graph)
    k, d = constants[head.input[1]].dims
    if len(shape) != 4 or shape[1].dim_value != d or not _over_positions(pool, constants):
        return False
    graph.initializer.append(numpy_helper.from_array(_axes(2, 3), "maps.axes"))
    graph.node.append(helper.make_node("Unsqueeze", [head.input[1], "maps.axes"], ["maps.weight"], "maps_weight"))
    graph.node.append(helper.make_node("Conv", [features, "maps.weight"], ["maps"], "maps"))
    sides = [side.dim_value or None for side in shape[2:]]
    graph.output.append(helper.make_tensor_value_info("maps", TensorProto.FLOAT, ["n", k, *sides]))
    return True


def _shape_of(name: str, graph: Any) -> Any:
    """The dimensions of a tensor that the graph gives the shape of, else none."""
    return next((one.type.tensor_type.shape.dim for one in (*graph.value_info, *graph.input) if one.name == name), ())


def _over_positions(pool: Any, constants: dict[str, Any]) -> bool:
    """Whether a pooling is the plain mean over height and width."""
    from onnx import helper, numpy_helper

    if pool.op_type == "GlobalAveragePool":
        return True
    axes = next((helper.get_attribute_value(one) for one in pool.attribute if one.name == "axes"), None)
    if axes is None and len(pool.input) > 1 and pool.input[1] in constants:
        axes = numpy_helper.to_array(constants[pool.input[1]]).tolist()
    return axes is not None and {axis % 4 for axis in axes} == {2, 3}


def _axes(*axes: int) -> Any:
    import numpy as np

    return np.array(axes, np.int64)
