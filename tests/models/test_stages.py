"""Stages of networks, and batch norms folded into convolutions."""

from __future__ import annotations

from typing import Any

import pytest

from kenali.models.pretrained import network_spec
from kenali.models.stages import fold_batch_norm, stages_of

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("name", "stages"), [("efficientnet_lite0", 10), ("resnet18", 10), ("mobilenet_v2", 20), ("xray-small", 4), ("tyres", 7)]
)
def test_stages_hold_every_parameter_once_and_end_with_the_head(name: str, stages: int) -> None:
    network = network_spec(name).build(2)
    found = stages_of(network)
    assert len(found) == stages
    numbered = [id(parameter) for stage in found for parameter in stage]
    assert sorted(numbered) == sorted(id(parameter) for parameter in network.parameters())
    assert found[-1][0].shape[0] == 2


@pytest.mark.parametrize("name", ["efficientnet_lite0", "resnet18", "mobilenet_v2", "googlenet"])
def test_folded_networks_answer_alike_and_have_no_norm_left(name: str) -> None:
    torch.manual_seed(0)
    network = network_spec(name).build(3).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # statistics as training would leave them
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    pixels = torch.rand(2, 3, 224, 224)
    with torch.inference_mode():
        before = network(pixels)
        assert fold_batch_norm(network, 224)
        assert torch.allclose(network(pixels), before, atol=1e-3)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())


def test_a_norm_that_is_used_elsewhere_is_left_alone() -> None:
    class Odd(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.convolution = torch.nn.Conv2d(3, 3, 3, padding=1)
            self.norm = torch.nn.BatchNorm2d(3)
            self.norm.running_mean += 0.5

        def forward(self, pixels: Any) -> Any:
            return self.convolution(torch.relu(self.norm(pixels))).mean(dim=(2, 3))

    network = Odd()
    assert not fold_batch_norm(network, 8)
    assert isinstance(network.norm, torch.nn.BatchNorm2d)
