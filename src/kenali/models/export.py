"""From a PyTorch module to a plain ONNX graph that names nothing of the machine it was written on."""

from __future__ import annotations

import logging
import warnings
from typing import Any

from kenali.types import Preprocessing


def to_onnx(module: Any, preprocessing: Preprocessing, output: str) -> bytes:
    """The serialised graph of a module that maps pixels (n, c, h, w) to one output, for any n; opset 18."""
    import torch

    height, width = preprocessing.image_size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            _in_plain_order(module),
            (torch.zeros(2, preprocessing.channels, height, width),),
            dynamo=True,
            input_names=["pixels"],
            output_names=[output],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            opset_version=18,
            verbose=False,
        )
    return _without_traces(program.model_proto)


def _in_plain_order(module: Any) -> Any:
    """A copy to export, its weights laid out as ONNX has them.

    Training leaves them channels last, and then the exporter writes pooling as a gather over strides.
    """
    import copy

    import torch

    plain = copy.deepcopy(module).eval()
    for tensor in (*plain.parameters(), *plain.buffers()):
        tensor.data = tensor.data.clone(memory_format=torch.contiguous_format)
    return plain


def _without_traces(model: Any) -> bytes:
    """Drop doc strings and metadata, which name source files of the converting machine."""
    for item in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        item.ClearField("doc_string")
        item.ClearField("metadata_props")
    for value in (*model.graph.input, *model.graph.output):
        value.ClearField("metadata_props")
    return bytes(model.SerializeToString(deterministic=True))
