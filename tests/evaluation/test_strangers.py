from __future__ import annotations

import numpy as np

from kenali.doubt import Limits
from kenali.evaluation.strangers import strangers
from kenali.types import Predictions


def test_strangers_are_counted_by_reason_and_class_the_least_recognised_first() -> None:
    probs = np.array([[0.9, 0.1], [0.55, 0.45], [0.1, 0.9], [0.99, 0.01], [0.2, 0.8]], np.float32)
    novelty = np.array([0.9, 0.1, 0.1, 0.1, 0.1], np.float32)
    predictions = Predictions(probs, ("gold", "pyrite"), novelty, Limits(0.5, 0.6))
    found = strangers(predictions, ["dog", "dog", "opal", "opal", "opal"])
    assert found is not None
    assert (found.novel, found.ambiguous, found.unknown.n) == (1, 1, 5)
    assert found.unknown.value == 0.4
    assert [(one.name, one.unknown.value, one.mostly) for one in found.classes] == [("opal", 0.0, "pyrite"), ("dog", 1.0, None)]


def test_without_strangers_there_is_nothing_to_tell() -> None:
    assert strangers(Predictions(np.zeros((0, 2), np.float32), ("a", "b")), []) is None
