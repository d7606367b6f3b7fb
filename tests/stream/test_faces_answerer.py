"""The face worker's answerer: who is in a frame, and how soon it follows the gallery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kenali.errors import KenaliError
from kenali.faces.embed import Embedder
from kenali.faces.gallery.lifecycle import forget
from kenali.faces.gallery.places import open_gallery
from kenali.faces.gallery.store import Gallery
from kenali.faces.gallery.values import Consent, Enrolment
from kenali.faces.reader import FaceReader
from kenali.stream import faces_answerer
from kenali.stream.faces_answerer import FaceAnswerer
from tests.conftest import astronaut

pytestmark = pytest.mark.usefixtures("face_networks")


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with open_gallery(str(tmp_path / "g.sqlite"), tmp_path / "g.key", embedder().sha256) as opened:
        yield opened


def embedder() -> Embedder:
    return FaceReader().embedder


@pytest.fixture
def answerer(gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaceAnswerer]:
    """One that looks for changes of the gallery with each frame."""
    monkeypatch.setattr(faces_answerer, "_LOOK_S", 0.0)
    made = FaceAnswerer(str(tmp_path / "g.sqlite"), tmp_path / "g.key")
    yield made
    made.close()


def test_whoever_is_enrolled_or_forgotten_meanwhile_is_followed(gallery: Gallery, answerer: FaceAnswerer) -> None:
    photo = Image.open(astronaut()).convert("RGB")
    pixels = np.asarray(photo)
    (nobody,) = answerer(pixels)
    assert (nobody.label, nobody.reason, nobody.person, nobody.distance) == ("unknown", "nobody-enrolled", None, None)
    x, y, width, height = nobody.box or (0, 0, 0, 0)
    assert 0.25 < x + width / 2 < 0.6
    assert 0.1 < y + height / 2 < 0.4

    (seen,) = FaceReader()(photo)
    person = gallery.enrol("Eileen Collins", [Enrolment(seen.embedding, "0" * 64)], Consent("form 7")).person
    (known,) = answerer(pixels)
    assert (known.label, known.reason, known.person, known.box) == ("Eileen Collins", None, person, nobody.box)
    assert known.distance == pytest.approx(0, abs=1e-3)

    upside_down = Enrolment(-seen.embedding, "1" * 64)
    gallery.enrol("Somebody Else", [upside_down], Consent("form 8"))
    forget(gallery, "Eileen Collins")
    (stranger,) = answerer(pixels)
    assert (stranger.label, stranger.reason, stranger.person) == ("unknown", "too-far", None)
    assert answerer(np.zeros((64, 64, 3), np.uint8)) == ()


def test_a_gallery_that_cannot_be_read_leaves_whom_it_held(
    gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = Image.open(astronaut()).convert("RGB")
    (seen,) = FaceReader()(photo)
    gallery.enrol("Eileen Collins", [Enrolment(seen.embedding, "0" * 64)], Consent("form 7"))
    warned: list[str] = []
    made = FaceAnswerer(str(tmp_path / "g.sqlite"), tmp_path / "g.key", warn=warned.append)
    monkeypatch.setattr(faces_answerer, "_LOOK_S", 0.0)

    def refused(_: Gallery) -> int:
        raise KenaliError("the database does not answer")

    monkeypatch.setattr(Gallery, "version", refused)
    assert [one.label for _ in range(2) for one in made(np.asarray(photo))] == ["Eileen Collins"] * 2
    assert len(warned) == 1
    made.close()


def test_a_matcher_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="no matcher is called"):
        FaceAnswerer(str(tmp_path / "g.sqlite"), tmp_path / "g.key", matcher="neerest")
