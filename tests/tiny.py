"""A tiny real bundle: mean colour through a linear head, three classes, so that tests of bundles need no training.

Its last feature map is the photo itself, so that where a colour stands is what its class activation map must show.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from PIL import Image

from kenali.bundle.golden import draw, write_golden
from kenali.bundle.graph import attach_head
from kenali.bundle.manifest import Golden, Manifest, RateLimits, Sets, Thresholds
from kenali.bundle.novelty import Prototypes, attach_novelty
from kenali.bundle.store import seal, writable_bundle
from kenali.network import Network
from kenali.types import Preprocessing

CLASS_NAMES = ("red", "green", "blue")
PREPROCESSING = Preprocessing((32, 32), crop_pct=1.0)


def tiny_backbone() -> bytes:
    """features (n, 3): the mean of each channel over 255."""
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, 32, 32])
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 3])
    nodes = [
        helper.make_node("Div", ["pixels", "white"], ["map"]),
        helper.make_node("GlobalAveragePool", ["map"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
    ]
    white = helper.make_tensor("white", TensorProto.FLOAT, [], [255.0])
    graph = helper.make_graph(nodes, "tiny", [pixels], [features], [white])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def tiny_model() -> bytes:
    return attach_head(tiny_backbone(), np.eye(3, dtype=np.float32) * 8, np.zeros(3, np.float32))


def mapless_model() -> bytes:
    """The same answers from a graph without class activation maps, as older bundles and other networks have."""
    model = onnx.load_model_from_string(tiny_model())
    kept = [output for output in model.graph.output if output.name != "maps"]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    return bytes(model.SerializeToString())


def doubting_model() -> bytes:
    """The tiny model, to which pure red, green and blue are known."""
    return attach_novelty(tiny_model(), Prototypes(np.repeat(np.eye(3, dtype=np.float32), 3, axis=0)))


def write_tiny_bundle(path: Path, golden: int = 2, maps: bool = True, doubting: bool = False) -> Path:
    """With `doubting`, grey photos are novel, yellow ones ambiguous, and sets of classes are given."""
    model = doubting_model() if doubting else tiny_model() if maps else mapless_model()
    limits = Thresholds(
        novelty=0.4,
        ambiguous=0.6,
        reject=0.05,
        held_out=200,
        choices=(RateLimits(reject=0.05, novelty=0.4, ambiguous=0.6), RateLimits(reject=0.2, novelty=0.2, ambiguous=0.9)),
    )
    doubt: dict[str, Any] = {"thresholds": limits, "sets": Sets(coverage=0.9, least=0.2)} if doubting else {}
    with writable_bundle(path) as folder:
        (folder / "model.onnx").write_bytes(model)
        write_golden(folder, draw(golden), Network(model), PREPROCESSING)
        seal(
            folder,
            Manifest(
                name=path.name,
                class_names=CLASS_NAMES,
                preprocessing=PREPROCESSING,
                golden=Golden(count=golden),
                outputs=Network(model).outputs,
                **doubt,
            ),
        )
    return path


def spotted(colour: str, box: tuple[int, int, int, int], size: tuple[int, int] = (64, 64)) -> Image.Image:
    """A middle grey picture of (width, height) with a coloured rectangle at (left, top, right, bottom)."""
    image = Image.new("RGB", size, (128, 128, 128))
    image.paste(Image.new("RGB", (box[2] - box[0], box[3] - box[1]), colour), box[:2])
    return image


def coloured(colour: str, size: tuple[int, int] = (60, 50)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()
