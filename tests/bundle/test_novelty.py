"""The novelty score: the same in NumPy and in the graph, small for known photos, none of the trained numbers."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.bundle.graph import attach_head, count_parameters
from kenali.bundle.novelty import Prototypes, attach_novelty, unit_length
from kenali.errors import KenaliError
from kenali.network import Network
from kenali.types import FloatArray
from tests.tiny import tiny_backbone, tiny_model


def pixels(n: int, seed: int = 0) -> np.ndarray:
    """Photos of one colour each, (n, 32, 32, 3)."""
    colours = np.random.default_rng(seed).integers(0, 256, (n, 1, 1, 3), dtype=np.uint8)
    return np.broadcast_to(colours, (n, 32, 32, 3)).copy()


def features(photos: np.ndarray) -> FloatArray:
    found: FloatArray = Network(tiny_backbone())(photos)["features"]
    return found


@pytest.mark.parametrize("known", [1, 2, 50])
def test_the_graph_scores_as_numpy_does(known: int) -> None:
    prototypes = Prototypes(unit_length(features(pixels(known, 1))))
    network = Network(attach_novelty(tiny_model(), prototypes))
    photos = pixels(20, 2)
    answers = network(photos)
    assert network.outputs == ("logits", "maps", "novelty")
    assert answers["novelty"].shape == (20,)
    assert answers["novelty"].dtype == np.float32
    assert np.allclose(answers["novelty"], prototypes.novelty(features(photos)), atol=1e-6)
    assert np.array_equal(answers["logits"], Network(tiny_model())(photos)["logits"])


def test_a_known_photo_is_not_novel_and_an_unlike_one_is() -> None:
    known = np.tile(np.array([[1.0, 0.1, 0.0]], np.float32), (5, 1))
    prototypes = Prototypes(unit_length(known))
    scores = prototypes.novelty(np.array([[2.0, 0.2, 0.0], [0.0, 0.0, 1.0], [-1.0, -0.1, 0.0]], np.float32))
    assert scores == pytest.approx([0, 1, 2], abs=1e-5)


def test_a_black_photo_does_not_break_it() -> None:
    prototypes = Prototypes(unit_length(features(pixels(9))))
    black = np.zeros((1, 32, 32, 3), np.uint8)
    assert prototypes.novelty(features(black)) == pytest.approx([1.0])
    assert Network(attach_novelty(tiny_model(), prototypes))(black)["novelty"] == pytest.approx([1.0])


def test_prototypes_are_no_trained_parameters() -> None:
    prototypes = Prototypes(unit_length(features(pixels(40))))
    assert count_parameters(attach_novelty(tiny_model(), prototypes)) == count_parameters(tiny_model())


def test_a_graph_without_a_linear_layer_gets_a_sentence() -> None:
    import onnx

    model = onnx.load_model_from_string(attach_head(tiny_backbone(), np.eye(3, dtype=np.float32), np.zeros(3, np.float32)))
    next(node for node in model.graph.node if node.op_type == "Gemm").op_type = "Add"
    with pytest.raises(KenaliError, match="no linear layer"):
        attach_novelty(model.SerializeToString(), Prototypes(np.eye(3, dtype=np.float32)))
