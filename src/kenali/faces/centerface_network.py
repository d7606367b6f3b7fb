"""The face detector CenterFace (MIT, by Yuanyuan Xu and others), as a graph for pictures of any size and number.

The file as shipped has one fixed input shape, lists its weights as inputs, which keeps ONNX
Runtime from folding them, and brings counters of its training along. Nothing else about it is changed.
"""

from __future__ import annotations

from kenali.errors import KenaliError, MissingExtra

OUTPUTS = ("heat", "scale", "offset", "landmarks")
_OUTPUT_CHANNELS = (1, 2, 2, 10)


def detector_graph(data: bytes) -> bytes:
    """The ONNX graph from `pixels` float32 (n, 3, h, w), RGB 0-255, h and w multiples of 32, to what `detect` reads.

    At stride 4: `heat` (n, 1, h/4, w/4), `scale` and `offset` (n, 2, ...), `landmarks` (n, 10, ...). Raises KenaliError
    when `data` is another graph.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtra("setting up faces", "faces", error) from error
    try:
        model = onnx.load_model_from_string(data)
        graph = model.graph
        channels = tuple(output.type.tensor_type.shape.dim[1].dim_value for output in graph.output)
    except Exception:  # protobuf's errors are many
        raise KenaliError("this is not CenterFace: it is no ONNX graph") from None
    weights = {tensor.name for tensor in graph.initializer}
    pixels = [value for value in graph.input if value.name not in weights]
    if channels != _OUTPUT_CHANNELS or len(pixels) != 1:
        raise KenaliError(f"this is not CenterFace: its outputs have {channels} channels instead of {_OUTPUT_CHANNELS}")
    renamed = {pixels[0].name: "pixels"} | {output.name: name for output, name in zip(graph.output, OUTPUTS, strict=True)}
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    for value in (*pixels, *graph.output):
        value.name = renamed[value.name]
        shape = value.type.tensor_type.shape.dim
        rows, columns = ("h", "w") if value.name == "pixels" else ("h/4", "w/4")
        shape[0].dim_param, shape[2].dim_param, shape[3].dim_param = "n", rows, columns
    del graph.input[:]
    graph.input.extend(pixels)
    del graph.value_info[:]
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    return bytes(model.SerializeToString(deterministic=True))
