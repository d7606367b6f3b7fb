"""Unnamed faces are sorted by person."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.errors import KenaliError
from kenali.faces import clusters as module
from kenali.faces.clusters import clusters
from tests.faces.people import drawn_people

pytest.importorskip("sklearn", reason="the extra faces-svm is not installed")


def test_people_are_found_again_the_most_frequent_first() -> None:
    people = drawn_people(5, 6, size=64, spread=0.35, shared=0)
    kept = np.concatenate([np.flatnonzero(people.persons == person)[: person + 2] for person in range(5)])
    found = clusters(people.matrix[kept], 0.9)
    assert found.tolist() == [4 - person for person in people.persons[kept]]


def test_one_face_and_none_need_no_sorting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clusters(np.empty((0, 4), np.float32), 1).tolist() == []
    assert clusters(np.full((1, 4), 0.5, np.float32), 1).tolist() == [0]
    monkeypatch.setattr(module, "MOST_FACES", 3)
    with pytest.raises(KenaliError, match="at most 3 faces"):
        clusters(np.full((4, 4), 0.5, np.float32), 1)
