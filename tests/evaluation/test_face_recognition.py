"""How a gallery is judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kenali.errors import KenaliError
from kenali.evaluation.face_recognition import recognition
from kenali.faces.folder import LabelledFaces
from kenali.faces.values import Vectors
from tests.faces.people import drawn_people


def parts() -> tuple[Vectors, LabelledFaces]:
    """Six enrolled people with three photos; two more photos of them and of four strangers."""
    people = drawn_people(10, 5, size=64, spread=0.35, shared=0)
    photo = np.tile(np.arange(5), 10)
    enrolled, asked = (people.persons < 6) & (photo < 3), photo >= 3
    gallery = Vectors(people.matrix[enrolled], people.persons[enrolled], people.names[:6])
    probes = Vectors(people.matrix[asked], people.persons[asked], tuple(name.upper() for name in people.names))
    return gallery, LabelledFaces(
        probes, tuple(f"{row}.jpg" for row in range(len(probes))), (("bad.jpg", "no face was found"),)
    )


@pytest.mark.parametrize("matcher", ["nearest", "knn", "svm"])
def test_everybody_in_the_right_place(matcher: str) -> None:
    found = recognition(*parts(), matcher, 0.7, True)
    document = found.as_json()
    assert document["rank1"]["value"] == 1
    assert document["rank1"]["n"] == 12
    assert document["unknown_rejected"]["n"] == 8
    assert document["unknown_rejected"]["value"] == 1
    assert document["unknown_are"] == "strangers"
    assert document["left_out_rejected"]["n"] == 12
    assert document["tpr_at_far"]["0.01"]["value"] == 1
    assert document["tpr_at_far"]["0.01"]["impostor"] == 12 * 5 + 8 * 6
    assert document["verification"]["tpr_at_far"]["0.01"]["n"] == 10
    assert document["skipped"] == [{"path": "bad.jpg", "why": "no face was found"}]
    assert not found.wrong


def test_too_wide_a_threshold_names_strangers_and_says_which() -> None:
    found = recognition(*parts(), "nearest", 2.0, False)
    assert found.unknown_rejected is not None
    assert found.unknown_rejected.value == 0
    assert len(found.wrong) == 8
    assert all(name.startswith("person") for _, name, _ in found.wrong)


def test_without_strangers_the_left_out_stand_in() -> None:
    gallery, probes = parts()
    known = np.flatnonzero(probes.vectors.persons < 6)
    vectors = replace(probes.vectors, matrix=probes.vectors.matrix[known], persons=probes.vectors.persons[known])
    document = recognition(gallery, replace(probes, vectors=vectors), "nearest", 0.7, True).as_json()
    assert document["unknown_are"] == "left-out"
    assert document["unknown_rejected"] == document["left_out_rejected"]


def test_photos_that_are_enrolled_do_not_count() -> None:
    gallery, probes = parts()
    both = replace(
        probes.vectors,
        matrix=np.vstack([gallery.matrix[:1], probes.vectors.matrix]),
        persons=np.concatenate([[0], probes.vectors.persons]),
    )
    found = recognition(gallery, LabelledFaces(both, ("same.jpg", *probes.paths), ()), "nearest", 0.7, True)
    assert found.enrolled_themselves == ("same.jpg",)
    assert found.rank1.n == 12
    with pytest.raises(KenaliError, match="enrolled themselves"):
        recognition(gallery, LabelledFaces(gallery, ("x",) * len(gallery), ()), "nearest", 0.7, True)


def test_an_empty_gallery_cannot_be_judged() -> None:
    nobody = Vectors(np.empty((0, 64), np.float32), np.empty(0, np.int64), ())
    with pytest.raises(KenaliError, match="nobody is enrolled"):
        recognition(nobody, parts()[1], "nearest", 0.7, True)
