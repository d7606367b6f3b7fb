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


_STAND_INS = """
[detector]
file = "detector.onnx"
outputs = "faces"
side = 0

[embedder]
file = "embedder.onnx"
side = 112
template = "{template}"
mean = [127.5, 127.5, 127.5]
scale = 127.5
"""


@pytest.fixture(scope="session", name="astronaut")
def the_astronaut() -> Image.Image:
    """Eileen Collins, portrayed by NASA (public domain): one face, 512 x 512."""
    return Image.open(astronaut()).convert("RGB")


def stand_ins(folder: Path, box: list[int], landmarks: list[list[int]], template: str = "arcface") -> Path:
    """`networks.toml` in `folder` for a detector that always finds one face there, and an embedder of mean colours."""
    saying_detector(folder / "detector.onnx", [box], [0.9], [landmarks])
    mean_embedder(folder / "embedder.onnx", 112)
    (folder / "networks.toml").write_text(_STAND_INS.format(template=template))
    return folder / "networks.toml"


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
