"""A photo of a face that a package ships, and stand-in networks that say where faces are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from kenali.faces.reader import FaceReader
from tests.conftest import astronaut


@pytest.fixture(scope="session")
def reader(face_networks: None) -> FaceReader:
    """Kenali's own networks."""
    return FaceReader()


@pytest.fixture(scope="session", name="astronaut")
def the_astronaut() -> Image.Image:
    """Eileen Collins, portrayed by NASA (public domain): one face, 512 x 512."""
    return Image.open(astronaut()).convert("RGB")


def saying_detector(path: Path, boxes: object, scores: object, landmarks: object) -> Path:
    """A detector that finds the same faces in every picture."""
    said = {"boxes": boxes, "scores": scores, "landmarks": landmarks}
    nodes = [
        helper.make_node("Constant", [], [n], n, value=numpy_helper.from_array(np.array(v, np.float32), n))
        for n, v in said.items()
    ]
    return _saved(path, nodes, ["n", 3, "h", "w"], [(name, np.array(value).ndim) for name, value in said.items()])


def mean_embedder(path: Path, side: int) -> Path:
    """An embedder whose vectors are the mean of each channel."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["picture"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["vector"]),
    ]
    return _saved(path, nodes, ["n", 3, side, side], [("vector", 2)])


def _saved(path: Path, nodes: list[onnx.NodeProto], shape: list[object], outputs: list[tuple[str, int]]) -> Path:
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * rank) for name, rank in outputs],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path
