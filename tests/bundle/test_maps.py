"""Class activation maps in the graph: exact, wherever a network ends in global pooling and a linear head."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest

from kenali.bundle.graph import attach_head
from kenali.bundle.maps import with_maps
from kenali.network import Network
from kenali.types import FloatArray
from tests.tiny import mapless_model, tiny_backbone, tiny_model

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)


def bias_of(model: bytes) -> FloatArray:
    """The head's bias, which exporters leave out where it is zero."""
    proto = onnx.load_model_from_string(model)
    head = next(node for node in proto.graph.node if "logits" in node.output)
    given = [onnx.numpy_helper.to_array(one) for one in proto.graph.initializer if one.name in head.input[2:]]
    return np.asarray(given[0] if given else 0, np.float32)


def assert_exact(model: bytes, side: int = 32) -> FloatArray:
    """The mean of the maps plus the bias is the logits; returns the maps."""
    pixels = np.random.default_rng(1).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    given = Network(model)(pixels)
    assert np.allclose(given["maps"].mean(axis=(2, 3)) + bias_of(model), given["logits"], atol=1e-4)
    onnx.checker.check_model(model)
    return given["maps"]


def test_the_head_at_each_position_is_the_map() -> None:
    weight, bias = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([1.0, -2.0], np.float32)
    model = attach_head(tiny_backbone(), weight, bias)
    maps = assert_exact(model)
    assert maps.shape == (2, 2, 32, 32)
    pixels = np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    assert np.allclose(maps, np.einsum("kc,nhwc->nkhw", weight, pixels / 255), atol=1e-4)


def test_only_what_is_asked_for_comes_and_agrees() -> None:
    network = Network(tiny_model())
    assert network.outputs == ("logits", "maps")
    alone = network(PIXELS, "logits")
    assert list(alone) == ["logits"]
    assert np.array_equal(alone["logits"], network(PIXELS)["logits"])


def test_a_graph_without_maps_still_answers() -> None:
    network = Network(mapless_model())
    assert network.outputs == ("logits",)
    assert np.array_equal(network(PIXELS)["logits"], Network(tiny_model())(PIXELS)["logits"])


def exported(network: Any, side: int = 32) -> bytes:
    """As after training, which lays weights out channels last."""
    import torch

    from kenali.models.export import to_onnx
    from kenali.types import Preprocessing

    return with_maps(to_onnx(network.to(memory_format=torch.channels_last), Preprocessing((side, side)), "logits"))


def head(kind: str) -> Any:
    from torch import nn

    pool = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout())
    return {
        "pooled": (*pool, nn.Linear(4, 5)),
        "flattened": (nn.Flatten(), nn.Linear(256, 5)),
        "two layers": (*pool, nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 5)),
    }[kind]


@pytest.mark.parametrize("kind", ["pooled", "flattened", "two layers"])
def test_trained_networks_get_maps_where_they_are_exact(kind: str) -> None:
    from torch import nn

    model = exported(nn.Sequential(nn.Conv2d(3, 4, 3, stride=4), nn.ReLU(), nn.Conv2d(4, 4, 1), *head(kind)))
    if kind == "pooled":
        assert assert_exact(model).shape == (2, 5, 8, 8)
    else:
        assert Network(model).outputs == ("logits",)
