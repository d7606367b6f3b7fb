"""Networks that learned from ImageNet: from a wheel, a hub or a file, ready for other classes.

Names are tried in this order: Kenali's own backbones, timm, torchvision. All take pixels scaled to 0..1 and normalise
them inside, so that a network is one value with its preprocessing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kenali.errors import KenaliError, MissingExtra, did_you_mean
from kenali.models.backbones import BACKBONES, load_in_order, weights_file
from kenali.models.networks import NETWORKS, NetworkSpec
from kenali.types import Preprocessing

Scale = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and standard deviation of each channel, for pixels in 0..1."""

_IMAGENET: Scale = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_LITE: Scale = ((127 / 255,) * 3, (128 / 255,) * 3)
_TORCHVISION_SIDES = {"inception_v3": 299, "vit_h_14": 518}


def network_spec(name: str, weights: str = "none") -> NetworkSpec:
    """The network called `name`, whose `build` brings its weights: see `NetworkRecipe`.

    Raises KenaliError for an unknown name, with the nearest one, and from `build` where weights are missing or do not fit.
    """
    if name in NETWORKS:
        return NETWORKS[name]
    try:
        import timm
        import torchvision.models
    except ImportError as error:
        raise MissingExtra("training a network", "train", error) from error
    if name in BACKBONES:
        lite = BACKBONES[name]
        return NetworkSpec(
            name, lite.preprocessing, "softmax", lambda k: _built(name, _timm(lite.timm_name), k, weights, _LITE)
        )
    if timm.is_model(name):
        config = timm.get_pretrained_cfg(name)
        _, height, width = config.input_size
        scale = (tuple(config.mean), tuple(config.std))
        build = _timm(name)
    elif name in torchvision.models.list_models(module=torchvision.models):
        height = width = _TORCHVISION_SIDES.get(name, 224)
        scale, build = _IMAGENET, _torchvision(name)
    else:
        known = {*NETWORKS, *BACKBONES, *timm.list_models(), *torchvision.models.list_models(module=torchvision.models)}
        raise KenaliError(f"no network is called {name!r}.{did_you_mean(name, known)} Kenali's own are {', '.join(NETWORKS)}")
    preprocessing = Preprocessing((height, width), resize="crop", crop_pct=0.94)
    return NetworkSpec(name, preprocessing, "softmax", lambda k: _built(name, build, k, weights, scale))


def read_weights(path: Path) -> dict[str, Any]:
    """The tensors in a safetensors file or a state dict, which is read without running anything it may hold.

    Raises KenaliError where there is no such file, or it holds something else.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise KenaliError(f"there is no weights file {path}; the other choices are shipped, hub and none")
    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        held: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, OSError, EOFError, RuntimeError, ValueError, KeyError) as error:
        raise KenaliError(f"{path} cannot be read as weights ({_first_sentence(error)})") from None
    except Exception as error:  # unpickling what is not plain tensors
        raise KenaliError(
            f"{path} holds more than tensors, so it is not opened; save the state dict alone ({type(error).__name__})"
        ) from None
    for wrapper in ("state_dict", "model", "model_state", "state_dict_ema"):
        if isinstance(held, Mapping) and isinstance(held.get(wrapper), Mapping):
            held = held[wrapper]
            break
    if not isinstance(held, Mapping) or not all(isinstance(value, torch.Tensor) for value in held.values()):
        raise KenaliError(f"{path} holds no state dict: it must map names to tensors")
    return {name.removeprefix("module.").removeprefix("_orig_mod."): value for name, value in held.items()}


def _built(name: str, build: Any, outputs: int, weights: str, scale: Scale) -> Any:
    """The network with its weights, `outputs` outputs and its normalisation in front."""
    if weights == "hub":
        network = _from_hub(name, build)
    else:
        network = build(False)
        if weights == "shipped":
            load_in_order(network, read_weights(weights_file(BACKBONES[name])))
        elif weights != "none":
            _fit_weights(name, network, Path(weights))
    _replace_head(name, network, outputs)
    return _normalised(network, scale)


def _timm(name: str) -> Any:
    import timm

    return lambda pretrained: timm.create_model(name, pretrained=pretrained)


def _torchvision(name: str) -> Any:
    import torchvision.models

    plain = {"aux_logits": False, "init_weights": True} if name in ("googlenet", "inception_v3") else {}

    def build(pretrained: bool) -> Any:
        if pretrained:
            network = torchvision.models.get_model(name, weights="DEFAULT")
            if plain:  # their pretrained form answers with auxiliary heads as well
                network.aux_logits = False
                network.AuxLogits = network.aux1 = network.aux2 = None
            return network
        return torchvision.models.get_model(name, weights=None, **plain)

    return build


def _from_hub(name: str, build: Any) -> Any:
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # each of its tries to connect is a warning
    try:
        return build(True)
    except Exception as error:  # the hubs' clients raise whatever their transport does
        raise KenaliError(
            f"the weights of {name} could not be downloaded ({_first_sentence(error)}). Connect and try again, or name a file "
            f"with --weights FILE, or begin at random with --weights none, or use --network efficientnet_lite0 --weights "
            f"shipped, whose weights come with Kenali"
        ) from None


def _fit_weights(name: str, network: Any, path: Path) -> None:
    """Load a file's tensors; only the last layer may be of another number of classes."""
    given, wanted = read_weights(path), network.state_dict()
    head = {f"{_head_name(name, network)}.{part}" for part in ("weight", "bias")}
    fitting = {key: tensor for key, tensor in given.items() if key in wanted and tensor.shape == wanted[key].shape}
    missing = [key for key in wanted if key not in fitting and key not in head and not key.endswith("num_batches_tracked")]
    if missing:
        raise KenaliError(
            f"the weights in {path} are not those of {name}: {len(missing)} of {len(wanted)} tensors are missing or of "
            f"another shape, {missing[0]} for one"
        )
    network.load_state_dict(fitting, strict=False)


def _head_name(name: str, network: Any) -> str:
    """Where the last linear layer stands."""
    from torch import nn

    linear: list[str] = [path for path, module in network.named_modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise KenaliError(f"{name} ends in no linear layer that could be replaced; choose another network")
    return linear[-1]


def head_of(network: Any) -> Any:
    """The last linear layer, which gives the logits."""
    return network.get_submodule(_head_name("the network", network))


def _replace_head(name: str, network: Any, outputs: int) -> None:
    from torch import nn

    path = _head_name(name, network)
    parent, _, last = path.rpartition(".")
    holder = network.get_submodule(parent)
    setattr(holder, last, nn.Linear(getattr(holder, last).in_features, outputs))


def _normalised(network: Any, scale: Scale) -> Any:
    """`network` behind (pixels - mean) / std, both for pixels in 0..1."""
    import torch

    class Normalised(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            for name, values in zip(("mean", "std"), scale, strict=True):
                self.register_buffer(name, torch.tensor(values).view(1, -1, 1, 1), persistent=False)

        def forward(self, pixels: Any) -> Any:
            return self.network((pixels - self.mean) / self.std)

    return Normalised()


def _first_sentence(error: BaseException) -> str:
    """The first sentence of what an error says."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return line.split(". ")[0].rstrip(".")[:200]
