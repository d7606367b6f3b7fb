"""`--to onnx`: the bundle's graph as one file, as it is, in 8 bits, or in another operator set."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kenali.bundle import novelty
from kenali.errors import KenaliError, MissingExtra
from kenali.export.graph import Graph, read_graph, require_onnx, write_graph
from kenali.export.measure import Seen
from kenali.export.simplify import simplified

_FIRST = 6
_EXACT = ("Add", "Div", "GlobalAveragePool", "ReduceMean", "Sub")


def in_opset(model: bytes, opset: int) -> bytes:
    """The model in another of ONNX's operator sets, by ONNX's own converter."""
    onnx = require_onnx()
    from onnx import checker, version_converter

    try:
        converted = version_converter.convert_version(onnx.load_model_from_string(model), opset)
        checker.check_model(converted)
    except Exception as error:  # the converter raises whatever its C++ throws
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise KenaliError(f"the network cannot be written in operator set {opset} ({said[:200]})") from None
    return bytes(converted.SerializeToString(deterministic=True))


def in_eight_bits(model: bytes, calibration: Iterable[Seen]) -> bytes:
    """The model with 8-bit convolutions and matrices, weights with a scale a channel, activations with one each.

    The activations' ranges are those of the `calibration` photos (ONNX Runtime's static quantisation, QDQ format). The head,
    the maps and the novelty score stay in float32, for they decide, and so do the first layers and the sums between layers:
    with them in 8 bits novelty was off by .1, without them by .006.
    """
    require_onnx()
    try:
        from onnxruntime import quantization
    except ImportError as error:
        raise MissingExtra("writing 8-bit networks", "export", error) from error
    graph = simplified(read_graph(model))
    reader = _reader(quantization.CalibrationDataReader, graph.input, calibration)
    import onnx

    with tempfile.TemporaryDirectory() as folder, _quiet():
        written = Path(folder) / "int8.onnx"
        quantization.quantize_static(
            onnx.load_model_from_string(write_graph(graph)),
            written,
            reader,
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            reduce_range=False,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=_delicate(graph),
        )
        return written.read_bytes()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the quantiser's advice, which it logs on the root logger, to simplify a graph that is simple."""
    earlier = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(earlier)


def _delicate(graph: Graph) -> list[str]:
    """Names of the nodes that stay in float32; a node is called after its first output.

    Besides the head: the first convolutions, whose errors every later layer sees, and sums and means of maps.
    """
    convolutions = [node.outputs[0] for node in graph.nodes if node.op == "Conv"]
    first = convolutions[: min(_FIRST, len(convolutions) // 4)]
    return [
        node.outputs[0]
        for node in graph.nodes
        if node.op in _EXACT
        or {"logits", "maps", *first}.intersection(node.outputs)
        or node.outputs[0].startswith((novelty.PREFIX, "novelty"))
    ]


def _reader(base: Any, name: str, photos: Iterable[Seen]) -> Any:
    class Photos(base):  # type: ignore[misc]
        def __init__(self) -> None:
            self._rest = iter(photos)

        def get_next(self) -> Any:
            photo = next(self._rest, None)
            return None if photo is None else {name: photo.pixels.transpose(2, 0, 1)[None].astype(np.float32)}

    return Photos()
