"""Known people are named, strangers are not, whatever chooses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kenali.doubt import UNKNOWN
from kenali.errors import KenaliError
from kenali.faces import matching
from kenali.faces.matching import MATCHERS, People, matcher
from kenali.faces.values import Vectors
from tests.faces.people import drawn_people

THRESHOLD = 0.7


@pytest.fixture(scope="module")
def crowd() -> tuple[Vectors, Vectors]:
    """Twenty enrolled people with three photos each; two further photos each of them, and of ten strangers."""
    people = drawn_people(30, 5, size=64, spread=0.35, shared=0, uneven=0)
    photo = np.tile(np.arange(5), 30)
    enrolled, asked = (people.persons < 20) & (photo < 3), photo >= 3
    return (
        Vectors(people.matrix[enrolled], people.persons[enrolled], people.names[:20]),
        Vectors(people.matrix[asked], people.persons[asked], people.names),
    )


@pytest.mark.parametrize("name", MATCHERS)
def test_known_people_are_named_and_strangers_are_not(name: str, crowd: tuple[Vectors, Vectors]) -> None:
    if name == "svm":
        pytest.importorskip("sklearn")
    gallery, asked = crowd
    matches = matcher(name, gallery, THRESHOLD)(asked.matrix)
    for person, match in zip(asked.persons.tolist(), matches, strict=True):
        assert match.name == (asked.names[person] if person < 20 else UNKNOWN)
        assert match.identity is not None
    assert all(match.name == UNKNOWN for match in matcher(name, gallery, 1e-6)(asked.matrix))


def test_the_nearest_person_is_the_nearest_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at few enrolments first changes no answer: where somebody else might be nearer, more are looked at."""
    gallery, asked = drawn_people(40, 6, spread=1.2), drawn_people(40, 2, seed=1, spread=1.2)
    people = People(gallery)
    monkeypatch.setattr(matching, "_LOOKED_AT", 2)
    for embedding, match in zip(asked.matrix, matcher("nearest", gallery, 2)(asked.matrix), strict=True):
        distances = [people.distance(embedding, person) for person in range(40)]
        assert match.identity == gallery.names[int(np.argmin(distances))]
        assert match.distance == pytest.approx(min(distances), abs=1e-6)


def test_one_enrolment_is_enough_and_two_are_averaged() -> None:
    gallery = drawn_people(3, 1, shared=0)
    answer = gallery.matrix[1:2]
    assert matcher("nearest", gallery, 0.1)(answer)[0].name == "person 1"
    more = replace(gallery, matrix=np.vstack([gallery.matrix, -answer]), persons=np.array([0, 1, 2, 1]))
    assert People(more).distance(answer[0], 1) == pytest.approx(1, abs=1e-5)


def test_knn_counts_votes() -> None:
    angles = np.array([0.0, 0.1, 0.2, 0.06])
    matrix = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    gallery = Vectors(matrix, np.array([0, 0, 0, 1]), ("many", "one"))
    asked = matrix[3:4]
    assert matcher("nearest", gallery, 2)(asked)[0].identity == "one"
    assert matcher("knn", gallery, 2)(asked)[0].identity == "many"


def test_an_empty_gallery_knows_nobody() -> None:
    nobody = Vectors(np.empty((0, 24), np.float32), np.empty(0, np.int64), ())
    for name in MATCHERS:
        (match,) = matcher(name, nobody, 1)(drawn_people(1, 1).matrix)
        assert (match.name, match.identity) == (UNKNOWN, None)


def test_what_cannot_be_matched_is_said() -> None:
    gallery = drawn_people(2, 2)
    with pytest.raises(KenaliError, match="Did you mean 'nearest'"):
        matcher("nearst", gallery, 1)
    with pytest.raises(KenaliError, match="24 numbers"):
        matcher("nearest", gallery, 1)(np.zeros((1, 128), np.float32))
    pytest.importorskip("sklearn")
    with pytest.raises(KenaliError, match="two"):
        matcher("svm", drawn_people(1, 3), 1)


def test_vectors_are_checked() -> None:
    with pytest.raises(KenaliError, match="outside the names"):
        Vectors(np.zeros((1, 2), np.float32), np.array([1]), ("one",))
    with pytest.raises(KenaliError, match="n persons"):
        Vectors(np.zeros((1, 2), np.float32), np.array([0, 0]), ("one",))


def test_the_next_best_is_the_nearest_of_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    gallery, asked = drawn_people(12, 6, spread=1.2), drawn_people(12, 1, seed=1, spread=1.2)
    people = People(gallery)
    monkeypatch.setattr(matching, "_LOOKED_AT", 2)
    for number, embedding in enumerate(asked.matrix):
        others = [people.distance(embedding, person) for person in range(12) if person != number]
        assert people.next_best(embedding, number) == min(others)
    alone = People(drawn_people(1, 3))
    assert alone.next_best(alone.vectors.matrix[0], 0) is None
