"""The networks of the published studies, declared layer by layer and exact to the parameter.

All take pixels scaled to 0..1, use valid padding and start from PyTorch's default initialisation. A sigmoid head has one
output, the logit of the second class; softmax heads have one a class. Pooling stands before the rectifier, where the
studies have it behind: both orders give the same numbers, and this one touches a quarter of the memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from kenali.errors import KenaliError
from kenali.types import Preprocessing

Head = Literal["sigmoid", "softmax"]


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """A network that is trained by epochs: what it sees, how it answers, and how to build it for `n` outputs."""

    name: str
    preprocessing: Preprocessing
    head: Head
    build: Callable[[int], Any]

    def outputs(self, n_classes: int) -> int:
        """Outputs for `n_classes`; KenaliError where a sigmoid head meets other than two classes."""
        if self.head == "softmax":
            return n_classes
        if n_classes != 2:
            raise KenaliError(f"the network {self.name!r} has a sigmoid head for two classes, but there are {n_classes}")
        return 1


def _tyres(outputs: int) -> Any:
    """Tyre quality (crack or normal): four strided convolutions with pooling; 108,657 parameters with one output."""
    from torch import nn

    from kenali.models.dropout import Dropout
    from kenali.models.pooled import PooledConvolution

    return nn.Sequential(
        PooledConvolution(1, 128, 3, stride=2),  # 379 -> 189 -> 94
        *(nn.Conv2d(128, 64, 3, stride=2), nn.MaxPool2d(2), nn.ReLU()),  # 46 -> 23
        *(nn.Conv2d(64, 32, 3, stride=2), nn.MaxPool2d(2), nn.ReLU()),  # 11 -> 5
        *(nn.Conv2d(32, 16, 3, stride=2), nn.MaxPool2d(2), nn.ReLU()),  # 2 -> 1
        nn.Flatten(),
        *(nn.Linear(16, 128), nn.ReLU(), Dropout(0.2)),
        *(nn.Linear(128, 64), nn.ReLU(), Dropout(0.2)),
        nn.Linear(64, outputs),
    )


def _xray_small(outputs: int) -> Any:
    """Chest films, network A: two convolutions; 1,059,106 parameters with two outputs."""
    from torch import nn

    from kenali.models.dropout import Dropout

    return nn.Sequential(
        *(nn.Conv2d(3, 32, 3), nn.MaxPool2d(2), nn.ReLU()),  # 70 -> 68 -> 34
        *(nn.Conv2d(32, 32, 3), nn.MaxPool2d(2), nn.ReLU(), Dropout(0.25)),  # 32 -> 16
        nn.Flatten(),
        *(nn.Linear(8192, 128), nn.ReLU(), Dropout(0.5)),
        nn.Linear(128, outputs),
    )


def _xray_large(outputs: int) -> Any:
    """Chest films, network B: three convolutions and two dense layers; 3,824,486 parameters with two outputs."""
    from torch import nn

    from kenali.models.dropout import Dropout

    return nn.Sequential(
        *(nn.Conv2d(3, 16, 3), nn.MaxPool2d(2), nn.ReLU()),  # 150 -> 148 -> 74
        *(nn.Conv2d(16, 32, 3), nn.MaxPool2d(2), nn.ReLU()),  # 72 -> 36
        *(nn.Conv2d(32, 64, 3), nn.MaxPool2d(2), nn.ReLU()),  # 34 -> 17
        nn.Flatten(),
        *(nn.Linear(18_496, 200), nn.ReLU(), Dropout(0.3)),
        *(nn.Linear(200, 500), nn.ReLU(), Dropout(0.5)),
        nn.Linear(500, outputs),
    )


NETWORKS = {
    spec.name: spec
    for spec in (
        NetworkSpec("tyres", Preprocessing((379, 379), resize="squash", channels=1), "sigmoid", _tyres),
        NetworkSpec("xray-small", Preprocessing((70, 70), resize="squash"), "softmax", _xray_small),
        NetworkSpec("xray-large", Preprocessing((150, 150), resize="squash"), "softmax", _xray_large),
    )
}


def parameters_of(network: Any) -> int:
    """Numbers that training changes."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
