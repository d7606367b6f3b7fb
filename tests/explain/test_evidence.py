"""The evidence lies where the class is: by class activation maps and by occlusion alike."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.explain import CORNERS, RING, Evidence, evidence, method_of
from kenali.images import preprocess
from kenali.network import Network
from kenali.types import FloatArray
from tests.tiny import PREPROCESSING, mapless_model, spotted, tiny_model

RED, GREEN, BLUE = range(3)


def share_of(heat: FloatArray, rows: slice, columns: slice) -> float:
    return float(heat[rows, columns].sum() / heat.sum())


@pytest.fixture(scope="module", params=["maps", "occlusion"])
def network(request: pytest.FixtureRequest) -> Network:
    network = Network(tiny_model() if request.param == "maps" else mapless_model())
    assert method_of(network) == request.param
    return network


def test_the_heat_of_a_class_lies_where_its_colour_is(network: Network) -> None:
    pixels = preprocess(spotted("red", (0, 0, 16, 16)), PREPROCESSING)
    seen = evidence(network, pixels)
    heat = seen.heat(RED)
    side = len(heat)
    assert heat.sum() == pytest.approx(1, abs=1e-5)
    assert share_of(heat, slice(side // 2), slice(side // 2)) > 0.95
    assert heat.argmax() // side <= side // 4
    against = seen.heat(GREEN)
    assert share_of(against, slice(side // 4), slice(side // 4)) < 0.1 if against.any() else True


def test_logits_are_the_networks_own(network: Network) -> None:
    pixels = preprocess(spotted("blue", (20, 20, 60, 60)), PREPROCESSING)
    assert np.allclose(evidence(network, pixels).logits, network(pixels[None])["logits"][0], atol=1e-5)


def test_places_of_a_map_average_to_the_logits() -> None:
    pixels = preprocess(spotted("lime", (8, 30, 40, 50)), PREPROCESSING)
    seen = evidence(Network(tiny_model()), pixels)
    assert np.allclose(seen.places.mean(axis=(1, 2)), seen.logits - seen.logits.mean(), atol=1e-4)
    assert np.allclose(seen.places.sum(axis=0), 0, atol=1e-4)


def test_where_nothing_speaks_for_a_class_there_is_no_heat() -> None:
    nothing = Evidence(np.zeros(2, np.float32), np.stack([-np.ones((7, 7)), np.ones((7, 7))]).astype(np.float32))
    assert not nothing.heat(0).any()
    assert RING.share(nothing.heat(0)) == CORNERS.share(nothing.heat(0)) == 0
    assert np.allclose(nothing.heat(1), 1 / 49)


@pytest.mark.parametrize("side", [5, 7, 8, 12, 40])
def test_regions_measure_an_even_heat_by_their_area(side: int) -> None:
    even = np.ones((side, side), np.float32)
    assert RING.share(even) == pytest.approx(RING.area) == pytest.approx(24 / 49)
    assert CORNERS.share(even) == pytest.approx(CORNERS.area) == pytest.approx(4 / 49)


def test_regions_measure_what_lies_in_them() -> None:
    heat = np.zeros((7, 7), np.float32)
    heat[3, 3], heat[0, 3], heat[6, 6] = 2, 1, 1
    assert RING.share(heat) == pytest.approx(0.5)
    assert CORNERS.share(heat) == pytest.approx(0.25)
