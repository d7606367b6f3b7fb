"""The studies' networks, exact to the parameter."""

from __future__ import annotations

import pytest

from kenali.errors import KenaliError
from kenali.models.networks import parameters_of
from kenali.models.pretrained import network_spec

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(("name", "parameters"), [("tyres", 108_657), ("xray-small", 1_059_106), ("xray-large", 3_824_486)])
def test_parameters_are_the_studys(name: str, parameters: int) -> None:
    spec = network_spec(name)
    network = spec.build(spec.outputs(2))
    assert parameters_of(network) == parameters
    pixels = torch.zeros(2, spec.preprocessing.channels, *spec.preprocessing.image_size)
    assert network(pixels).shape == (2, spec.outputs(2))


def test_a_sigmoid_head_takes_two_classes_only() -> None:
    with pytest.raises(KenaliError, match="sigmoid head for two classes, but there are 3"):
        network_spec("tyres").outputs(3)
    assert network_spec("xray-small").outputs(5) == 5


def test_an_unknown_network_gets_the_nearest() -> None:
    with pytest.raises(KenaliError, match="Did you mean 'xray-large'"):
        network_spec("xray-larg")
