"""The stages of a network, from the pixels to the head: what can be frozen, thawed, or taught more slowly."""

from __future__ import annotations

from itertools import pairwise
from typing import Any


def stages_of(network: Any) -> list[list[Any]]:
    """The parameters of each stage, the head's last; a norm belongs to the stage that it follows.

    Works by the order in which modules were registered, which for the networks of timm and torchvision is the order of
    computing.
    """
    from torch import nn

    units: list[Any] = []
    for child in _children(_inside(network)):
        if isinstance(child, (nn.Sequential, nn.ModuleList)):
            units += _children(child)
        else:
            units.append(child)
    stages: list[list[Any]] = []
    for unit in units:
        if stages and _is_norm(unit):
            stages[-1] += list(unit.parameters())
        else:
            stages.append(list(unit.parameters()))
    return stages


def _children(module: Any) -> list[Any]:
    return [child for child in module.children() if any(True for _ in child.parameters())]


def _inside(module: Any) -> Any:
    """Past wrappers that hold one other module and nothing of their own."""
    while len(children := _children(module)) == 1 and not list(module.parameters(recurse=False)):
        module = children[0]
    return module


def _is_norm(module: Any) -> bool:
    from torch import nn

    kinds = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)
    holders = [one for one in module.modules() if list(one.parameters(recurse=False))]
    return all(isinstance(one, kinds) for one in holders)


def fold_batch_norm(network: Any, side: int) -> bool:
    """Fold every batch norm into the convolution before it, in place, and say whether the network still answers alike.

    A pretrained network whose statistics stay frozen trains 1.1 to 1.7 times as fast so (`benchmarks/train_throughput.py`): a
    norm is a pass over the activations forwards and two backwards. Where the answers differ, as when a norm is registered
    after a convolution but used elsewhere, nothing is changed.
    """
    import copy

    import torch
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    network.eval()
    folded = copy.deepcopy(network)
    for holder in folded.modules():
        names = list(holder._modules)
        for first, second in pairwise(names):
            convolution, norm = holder._modules[first], holder._modules[second]
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                holder._modules[first] = fuse_conv_bn_eval(convolution, _plain(norm))
                holder._modules[second] = getattr(norm, "act", nn.Identity())
    with torch.inference_mode():
        pixels = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))
        before, after = network(pixels), folded(pixels)
    if before.shape != after.shape or not torch.allclose(before, after, rtol=1e-3, atol=1e-3):
        return False
    for name, child in folded.named_children():
        setattr(network, name, child)
    return True


def _plain(norm: Any) -> Any:
    """The norm without the activation that timm keeps inside it."""
    from torch import nn

    plain = nn.BatchNorm2d(norm.num_features, eps=norm.eps, affine=norm.affine)
    plain.load_state_dict(norm.state_dict(), strict=False)
    return plain.eval()
