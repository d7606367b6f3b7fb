"""Forgotten, expired, sealed with another key: nothing is left, and a receipt says so."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kenali.errors import KenaliError
from kenali.faces.gallery import exports as exports_module
from kenali.faces.gallery.exports import export_gallery, import_gallery
from kenali.faces.gallery.keys import CannotOpen, Key
from kenali.faces.gallery.lifecycle import expire, forget, rekey, remove, replace
from kenali.faces.gallery.places import index_folder
from kenali.faces.gallery.receipts import check_receipt
from kenali.faces.gallery.schema import consents, embeddings, enrolments, persons, photos
from kenali.faces.gallery.store import Gallery
from kenali.faces.gallery.values import Consent
from kenali.files import write_atomically
from tests.faces.gallery.conftest import CONSENT, EMBEDDER, face, vector


def rows(gallery: Gallery) -> dict[str, int]:
    with gallery.database.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (persons, consents, enrolments, embeddings, photos)
        }


@pytest.fixture
def people(gallery: Gallery) -> Gallery:
    """Ana with two photos, one kept; Budi with one."""
    gallery.enrol("Ana", [face(1, photo=b"pixels"), face(2)], CONSENT)
    gallery.enrol("Budi", [face(3)], CONSENT)
    return gallery


def test_photos_in_the_place_of_others_in_one_change(people: Gallery) -> None:
    """One of them was enrolled before, and is now for another reason."""
    version, before, person = people.version(), people.faces("Ana"), people.person("Ana")
    receipt = replace(people, "Ana", [face(2), face(4)], Consent("form 9"), expires=date(2999, 1, 1), actor="desk")
    assert (receipt.person, receipt.whole, receipt.photos, receipt.consents) == (person.id, False, 1, 1)
    assert receipt.enrolments == tuple(sorted(each.id for each in before))
    after = people.faces("Ana")
    assert {(each.photo_sha256, each.consent.reference, each.kept) for each in after} == {
        (f"{seed:064x}", "form 9", False) for seed in (2, 4)
    }
    assert (people.person("Ana").id, people.version()) == (person.id, version + 1)
    assert rows(people) == {"persons": 2, "consents": 2, "enrolments": 3, "embeddings": 3, "photos": 0}
    assert check_receipt(people, receipt.signed(people.key)).holds
    assert [(row.action, row.number, row.actor) for row in people.audit()][-2:] == [("remove", 2, "desk"), ("enrol", 2, "desk")]
    with pytest.raises(KenaliError, match="nobody is enrolled"):
        replace(people, "nobody", [face(5)], CONSENT)


def test_forgetting_leaves_nothing_and_the_receipt_holds(people: Gallery) -> None:
    person = people.person("Ana")
    index = index_folder(people.id) / "index.bin"
    index.parent.mkdir(parents=True)
    index.write_bytes(b"vectors")
    receipt = forget(people, "ana", actor="desk")
    assert (receipt.person, receipt.whole, len(receipt.enrolments), receipt.photos, receipt.consents) == (
        person.id,
        True,
        2,
        1,
        1,
    )
    assert receipt.file_rewritten is (True if people.database.file else None)
    assert rows(people) == {"persons": 1, "consents": 1, "enrolments": 1, "embeddings": 1, "photos": 0}
    assert not index.exists()
    assert [each.name for each in people.persons()] == ["Budi"]
    assert people.vectors().names == ("Budi",)
    document = json.loads(json.dumps(receipt.signed(people.key)))
    assert check_receipt(people, document).holds
    assert "Ana" not in json.dumps(document)
    with pytest.raises(KenaliError, match="nobody is enrolled"):
        forget(people, "Ana")


def test_a_false_receipt_does_not_hold(people: Gallery) -> None:
    kept = people.person("Budi").id
    document = forget(people, "Ana").signed(people.key)
    assert not check_receipt(people, {**document, "person": kept}).signed
    assert not check_receipt(people, {**document, "signature": "00" * 64}).signed
    assert not check_receipt(people, {**document, "public_key": 5}).signed
    other = Key.new()
    body = {name: value for name, value in document.items() if name not in ("kind", "public_key", "signature")}
    receipt = type(forget(people, "Budi"))(**{**body, "enrolments": tuple(body["enrolments"])})
    verdict = check_receipt(people, receipt.signed(other))
    assert (verdict.signed, verdict.ours, verdict.holds) == (True, False, False)
    people.enrol("Budi", [face(3)], CONSENT)
    untrue = type(receipt)(**{**body, "person": people.person("Budi").id, "enrolments": ()})
    remains = check_receipt(people, untrue.signed(people.key)).remains
    assert remains == {"persons": 1, "consents": 1, "enrolments": 1, "embeddings": 1, "no erasure in the audit": 1}
    with pytest.raises(KenaliError, match="this is no receipt"):
        check_receipt(people, {"kind": "something"})


def test_what_expires_goes_and_the_rest_stays(people: Gallery) -> None:
    people.enrol("Ana", [face(4)], CONSENT, expires=date(2026, 5, 31))
    people.enrol("Citra", [face(5)], CONSENT, expires=date(2026, 5, 30))
    assert expire(people, date(2026, 5, 30)) == []
    citra = people.person("Citra").id
    (receipt,) = expire(people, date(2026, 5, 31))
    assert (receipt.person, receipt.reason, receipt.whole) == (citra, "expire", True)
    (receipt,) = expire(people, date(2026, 6, 1))
    assert (receipt.whole, len(receipt.enrolments), receipt.consents) == (False, 1, 1)
    assert [(person.name, person.faces) for person in people.persons()] == [("Ana", 2), ("Budi", 1)]
    assert check_receipt(people, receipt.signed(people.key)).holds


def test_single_faces_are_removed_the_person_with_the_last(people: Gallery) -> None:
    first, second = people.faces("Ana")
    receipt = remove(people, "Ana", [first.id])
    assert not receipt.whole
    assert check_receipt(people, receipt.signed(people.key)).holds
    assert [each.id for each in people.faces("Ana")] == [second.id]
    assert rows(people)["consents"] == 2
    with pytest.raises(KenaliError, match="no face"):
        remove(people, "Ana", [first.id])
    assert remove(people, "Ana", [second.id]).whole
    assert [each.name for each in people.persons()] == ["Budi"]


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "sealed"])
def test_an_export_is_another_gallery_and_forgetting_reaches_it(people: Gallery, plain: bool, tmp_path: Path) -> None:
    path, lost = tmp_path / "export.jsonl", tmp_path / "lost.jsonl"
    people.enrol("Ana", [face(7)], CONSENT, group="g", expires=date(2999, 1, 1))
    assert export_gallery(people, path, plain=plain, photos=True) == 2
    export_gallery(people, lost)
    lost.unlink()
    with pytest.raises(KenaliError, match="exists already"):
        export_gallery(people, path)
    assert ("Ana" in path.read_text()) == plain
    key = Key.new()
    with Gallery.open(str(tmp_path / "other.sqlite"), key, EMBEDDER) as other:
        assert [done.added for done in import_gallery(other, path, people.key)] == [3, 1]
        assert [done.repeated for done in import_gallery(other, path, people.key)] == [3, 1]
        assert [(each.name, each.group, each.faces) for each in other.persons()] == [("Ana", "g", 3), ("Budi", "", 1)]
        kept = {each.photo_sha256: other.photo("Ana", each.id) for each in other.faces("Ana")}
        assert kept == {f"{1:064x}": b"pixels", f"{2:064x}": None, f"{7:064x}": None}
        assert {each.expires for each in other.faces("Ana")} == {None, date(2999, 1, 1)}
        assert sorted(map(bytes, other.vectors().matrix)) == sorted(vector(seed).tobytes() for seed in (1, 2, 3, 7))
        if not plain:
            with pytest.raises(KenaliError, match="cannot be opened"):
                import_gallery(other, path)
    receipt = forget(people, "Ana")
    assert (receipt.exports, receipt.exports_missing) == (1, 1)
    with Gallery.open(str(tmp_path / "third.sqlite"), key, EMBEDDER) as third:
        import_gallery(third, path, people.key)
        assert [each.name for each in third.persons()] == ["Budi"]
    path.write_text("something of the user's own")
    forget(people, "Budi")
    assert path.read_text() == "something of the user's own"
    with pytest.raises(KenaliError, match="no export"):
        import_gallery(people, path)


def test_exports_under_an_earlier_key_stop_no_erasure(people: Gallery, tmp_path: Path) -> None:
    path, broken, left = tmp_path / "export.jsonl", tmp_path / "broken.jsonl", tmp_path / ".export.jsonl.abcd.partial"
    export_gallery(people, path)
    export_gallery(people, broken)
    lines = path.read_text().splitlines()
    broken.write_text(f"{lines[0]}\nnot JSON\n")
    left.write_text("half an export")
    os.utime(left, (0, 0))
    renewed = rekey(people, Key.new())
    gone = renewed.person("Ana").id
    receipt = forget(renewed, "Ana")
    assert (receipt.exports, receipt.exports_missing) == (1, 2)
    assert path.read_text().splitlines() == [line for line in lines if gone not in line]
    assert not left.exists()
    (budi,) = renewed.faces("Budi")
    assert remove(renewed, "Budi", [budi.id]).whole


def test_who_is_forgotten_while_an_export_is_cleaned_is_not_put_back(
    people: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "export.jsonl"
    export_gallery(people, path, plain=True)
    write, once = write_atomically, iter([True])

    def late(target: Path, data: str, *, private: bool) -> None:
        if next(once, False):
            forget(people, "Budi")  # by another process, which cleans and writes the file first
        write(target, data, private=private)

    monkeypatch.setattr(exports_module, "write_atomically", late)
    forget(people, "Ana")
    assert len(path.read_text().splitlines()) == 1


def test_a_new_key_opens_everything_and_the_old_one_nothing(people: Gallery, place: str, key_file: Path) -> None:
    key = Key.new()
    renewed = rekey(people, key)
    assert [each.name for each in renewed.persons()] == ["Ana", "Budi"]
    assert renewed.has_photo("Ana", f"{1:064x}")
    with Gallery.open(place, key, EMBEDDER) as again:
        assert again.person("budi").faces == 1
    with pytest.raises(KenaliError, match="another key"):
        Gallery.open(place, key_file, EMBEDDER)
    with pytest.raises(KenaliError):  # a program that still holds the old key
        people.persons()
    with pytest.raises(CannotOpen, match="another key meanwhile"):  # what it sealed nobody could ever read
        people.enrol("Citra", [face(5)], CONSENT)
    assert [each.name for each in renewed.persons()] == ["Ana", "Budi"]
