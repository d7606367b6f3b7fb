"""People enrolled, in each kind of database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from kenali.errors import KenaliError
from kenali.faces.gallery.keys import Key
from kenali.faces.gallery.lifecycle import forget
from kenali.faces.gallery.store import Gallery
from kenali.faces.gallery.values import Consent, Enrolled, NameTaken, Pseudonym, UnknownPerson
from kenali.faces.values import Quality
from tests.faces.gallery.conftest import CONSENT, EMBEDDER, face, vector


def test_people_come_back_as_they_were_enrolled(gallery: Gallery, place: str, key_file: Path) -> None:
    first = gallery.enrol("Sri  Wahyuni", [face(1), face(2)], Consent("form 1", date(2026, 3, 1), "Ana"), group="f")
    assert (first.added, first.repeated) == (2, 0)
    assert gallery.enrol("sri wahyuni", [face(2), face(3)], CONSENT) == Enrolled(first.person, 1, 1)
    gallery.enrol("Émile", [face(4, photo=b"a" * 100_000)], CONSENT, expires=date(2999, 1, 2), actor="desk")
    with Gallery.open(place, key_file, EMBEDDER) as again:
        emile, sri = sorted(again.persons(), key=lambda person: person.faces)
        assert (sri.name, sri.group, sri.faces, sri.expires, sri.id) == ("Sri Wahyuni", "f", 3, None, first.person)
        assert (emile.name, emile.group, emile.expires) == ("Émile", "", date(2999, 1, 2))
        faces = again.faces("Sri Wahyuni")
        assert {each.photo_sha256 for each in faces} == {f"{seed:064x}" for seed in (1, 2, 3)}
        assert {each.consent for each in faces} == {Consent("form 1", date(2026, 3, 1), "Ana"), CONSENT}
        (only,) = again.faces("émile")
        assert only.kept
        assert again.photo("émile", only.id) == b"a" * 100_000
        assert again.photo("sri wahyuni", only.id) is None
        assert again.has_photo("SRI WAHYUNI", f"{1:064x}")
        assert not again.has_photo("Émile", f"{1:064x}")
        assert not again.has_photo("nobody", f"{1:064x}")
        audit = again.audit()
        assert [(row.actor, row.action, row.number) for row in audit] == [
            ("owner", "enrol", 2),
            ("owner", "enrol", 1),
            ("desk", "enrol", 1),
        ]
        assert audit[0].person == first.person


def test_a_pseudonym_means_one_person_whatever_the_name_has_become(gallery: Gallery) -> None:
    ana = Pseudonym(gallery.enrol("Ana", [face(1)], CONSENT).person)
    gallery.change(ana, new_name="Budi")
    gallery.enrol("Ana", [face(2)], CONSENT)
    assert gallery.enrol(ana, [face(1), face(3)], CONSENT) == Enrolled(ana, 1, 1)
    assert (gallery.person(ana).name, gallery.person(ana).faces, len(gallery.faces(ana))) == ("Budi", 2, 2)
    assert gallery.has_photo(ana, f"{3:064x}")
    assert not gallery.has_photo(ana, f"{2:064x}")
    assert dict(zip(gallery.vectors().names, gallery.vectors().ids, strict=True))["Budi"] == ana
    forget(gallery, ana)
    assert [person.name for person in gallery.persons()] == ["Ana"]
    for ask in (gallery.person, gallery.faces, lambda who: gallery.enrol(who, [face(4)], CONSENT)):
        with pytest.raises(UnknownPerson, match="nobody with this id"):
            ask(ana)


def test_a_new_person_takes_no_name_that_somebody_has(gallery: Gallery) -> None:
    gallery.enrol("Ana", [face(1)], CONSENT, new=True)
    version = gallery.version()
    with pytest.raises(NameTaken):
        gallery.enrol("ANA", [face(2)], CONSENT, new=True)
    assert (gallery.version(), gallery.person("Ana").faces) == (version, 1)


def test_a_last_day_can_be_taken_back(gallery: Gallery) -> None:
    gallery.enrol("Ana", [face(1)], CONSENT, expires=date(2020, 1, 1))
    assert len(gallery.vectors()) == 0
    gallery.change("Ana", unlimited=True)
    assert (gallery.person("Ana").expires, len(gallery.vectors())) == (None, 1)


def test_vectors_are_read_with_their_people(gallery: Gallery) -> None:
    assert gallery.vectors().matrix.shape == (0, 0)
    gallery.enrol("a", [face(1), face(2)], CONSENT, group="x")
    gallery.enrol("b", [face(3)], CONSENT)
    gallery.enrol("c", [face(4)], CONSENT, expires=date(2020, 1, 1))  # over: no longer recognised
    found = gallery.vectors()
    assert found.matrix.dtype == np.float32
    assert found.version == gallery.version()
    seen = {
        (found.names[owner], found.groups[owner], row.tobytes()) for owner, row in zip(found.persons, found.matrix, strict=True)
    }
    wanted = [("a", "x", 1), ("a", "x", 2), ("b", None, 3)]
    assert seen == {(name, group, vector(seed).tobytes()) for name, group, seed in wanted}


def test_the_version_grows_with_each_change(gallery: Gallery) -> None:
    before = gallery.version()
    gallery.enrol("a", [face(1)], CONSENT)
    enrolled = gallery.version()
    gallery.change("a", new_name="b", group="g")
    assert before < enrolled < gallery.version()
    assert [(person.name, person.group) for person in gallery.persons()] == [("b", "g")]
    gallery.change("b", new_name="B", group="", expires=date(2999, 1, 1))
    assert [(person.name, person.group, person.expires) for person in gallery.persons()] == [("B", "", date(2999, 1, 1))]


def test_a_quality_is_kept(gallery: Gallery) -> None:
    quality = Quality(80.5, 12.0, 0.5, 0.1, ("dark", "turned"))
    given = face(1)
    gallery.enrol("a", [type(given)(given.embedding, given.photo_sha256, quality)], CONSENT)
    assert gallery.faces("a")[0].quality == quality


def test_a_threshold_is_kept(gallery: Gallery) -> None:
    assert gallery.threshold() is None
    gallery.set_threshold({"distance": 0.6, "far": [0.001, 0.002]})
    assert gallery.threshold() == {"distance": 0.6, "far": [0.001, 0.002]}


def test_another_embedder_or_key_is_refused(gallery: Gallery, place: str, key_file: Path, tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match=r"another embedder \(eeeeeeee, not ffffffff\)"):
        Gallery.open(place, key_file, "f" * 64)
    with pytest.raises(KenaliError, match="another key"):
        Gallery.open(place, Key.new())
    with pytest.raises(KenaliError, match="key is not at"):
        Gallery.open(place, tmp_path / "gone.key")
    Gallery.open(place, key_file).close()  # who only looks needs no embedder


def test_what_cannot_be_is_refused(gallery: Gallery) -> None:
    gallery.enrol("Ana", [face(1)], CONSENT)
    gallery.enrol("Budi", [face(2)], CONSENT)
    version = gallery.version()
    with pytest.raises(KenaliError, match="of length one"):
        gallery.enrol("Ana", [type(face(1))(vector(1) * 2, "0" * 64)], CONSENT)
    with pytest.raises(KenaliError, match="of length one"):
        gallery.enrol("Ana", [face(3), type(face(1))(vector(1, size=8), "0" * 64)], CONSENT)
    with pytest.raises(KenaliError, match="Did you mean 'Ana'"):
        gallery.person("Anna")
    with pytest.raises(KenaliError, match="somebody else"):
        gallery.change("Ana", new_name="BUDI")
    for name in ("", "  ", "a\0b", "x" * 201):
        with pytest.raises(KenaliError, match="a name has 1 to 200"):
            gallery.enrol(name, [face(3)], CONSENT)
    with pytest.raises(KenaliError, match="a consent reference has"):
        Consent(" ")
    assert gallery.version() == version


def test_places_that_are_none_are_told(tmp_path: Path, key_file: Path) -> None:
    with pytest.raises(KenaliError, match="not in 'oracle'"):
        Gallery.open("oracle://db", key_file)
    with pytest.raises(KenaliError, match="--gallery is no URL"):
        Gallery.open("postgresql://user:secret@host:port/x", key_file)
    with pytest.raises(KenaliError, match="lies in a file"):
        Gallery.open("sqlite://", key_file)
    (tmp_path / "photo.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(KenaliError, match=r"photo\.sqlite refused"):
        Gallery.open(str(tmp_path / "photo.sqlite"), key_file)
    with pytest.raises(KenaliError, match="refused") as error:
        Gallery.open("postgresql://user:secret@127.0.0.1:1/x", key_file)
    assert "secret" not in str(error.value)
    assert not key_file.exists()
