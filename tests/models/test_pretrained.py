"""Networks by name: their size, their weights from a hub's cache or a file, and a sentence where those are missing."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kenali.errors import KenaliError
from kenali.models.networks import parameters_of
from kenali.models.pretrained import head_of, network_spec

torch = pytest.importorskip("torch")
models = pytest.importorskip("torchvision.models")


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("googlenet", 5_601_954),
        ("resnet152", 58_147_906),
        ("inception_resnet_v2", 54_309_538),
        ("mobilenet_v2", 2_226_434),
        ("mobilenetv2_100", 2_226_434),
        ("efficientnet_lite0", 3_373_570),
    ],
)
def test_the_studies_backbones_have_their_size(name: str, parameters: int) -> None:
    network = network_spec(name).build(2)
    assert parameters_of(network) == parameters
    assert head_of(network).out_features == 2


def test_a_network_answers_from_pixels_in_0_to_1() -> None:
    spec = network_spec("mobilenet_v2")
    assert spec.preprocessing.image_size == (224, 224)
    with torch.inference_mode():
        assert spec.build(3).eval()(torch.rand(2, 3, 224, 224)).shape == (2, 3)


def test_shipped_weights_give_the_features_of_the_fast_path() -> None:
    from kenali.models.backbones import load_backbone
    from kenali.network import Network

    network = network_spec("efficientnet_lite0", "shipped").build(4).eval()
    seen: list[Any] = []
    head_of(network).register_forward_hook(lambda _, given, __: seen.append(given[0]))
    pixels = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    with torch.inference_mode():
        network(torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255)
    features = Network(load_backbone("efficientnet_lite0").onnx_path)(pixels)["features"]
    assert np.abs(seen[0].numpy() - features).max() < 1e-3


def test_hub_weights_come_through_torchvisions_own_loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in torch's cache stands in for the download."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    torch.manual_seed(7)
    standin = models.mobilenet_v3_small()
    file = tmp_path / "hub" / "checkpoints" / Path(models.MobileNet_V3_Small_Weights.DEFAULT.url).name
    file.parent.mkdir(parents=True)
    torch.save(standin.state_dict(), file)
    network = network_spec("mobilenet_v3_small", "hub").build(5).network
    assert torch.equal(network.features[0][0].weight, standin.features[0][0].weight)
    assert network.classifier[3].out_features == 5


def test_a_missing_download_names_the_alternatives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", offline)
    with pytest.raises(
        KenaliError, match=r"googlenet could not be downloaded \(Network is unreachable\).*--weights FILE.*none"
    ):
        network_spec("googlenet", "hub").build(2)


@pytest.mark.parametrize("suffix", ["safetensors", "pt"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_weights_from_a_file_of_another_number_of_classes(suffix: str, wrapped: bool, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    given = models.mobilenet_v3_small(num_classes=9).state_dict()
    file = tmp_path / f"weights.{suffix}"
    if suffix == "safetensors":
        save_file(given, file)
    else:
        torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in given.items()}} if wrapped else given, file)
    network = network_spec("mobilenet_v3_small", str(file)).build(2).network
    assert torch.equal(network.features[3].block[0][0].weight, given["features.3.block.0.0.weight"])
    assert network.classifier[3].out_features == 2


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("ran",))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no weights file"),
        (b"", "cannot be read as weights|more than tensors"),
        (b"not a file of weights", "cannot be read as weights|more than tensors"),
        (pickle.dumps({"weight": Evil()}), "more than tensors|cannot be read"),
    ],
)
def test_a_bad_file_gets_a_sentence_and_runs_nothing(
    content: bytes | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "weights.pt").write_bytes(content)
    with pytest.raises(KenaliError, match=sentence):
        network_spec("mobilenet_v3_small", str(tmp_path / "weights.pt")).build(2)
    assert "ran" not in capsys.readouterr().out


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save(models.squeezenet1_1().state_dict(), tmp_path / "weights.pt")
    with pytest.raises(KenaliError, match=r"are not those of mobilenet_v3_small: 2.. of 2.. tensors are missing"):
        network_spec("mobilenet_v3_small", str(tmp_path / "weights.pt")).build(2)


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(KenaliError, match=r"no network is called 'googlenett'\. Did you mean 'googlenet'"):
        network_spec("googlenett")
