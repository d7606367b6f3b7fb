"""Forgetting reaches what can be reached of exports, and tells of the rest, whatever became of the files."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from kenali.errors import KenaliError
from kenali.faces.gallery import exports as exports_module
from kenali.faces.gallery.exports import export_gallery
from kenali.faces.gallery.keys import Key
from kenali.faces.gallery.lifecycle import expire, forget, rekey, remove
from kenali.faces.gallery.receipts import check_receipt
from kenali.faces.gallery.store import Gallery
from tests.faces.gallery.conftest import CONSENT, face


@pytest.fixture
def people(gallery: Gallery) -> Gallery:
    """Ana with two photos, Budi with one."""
    gallery.enrol("Ana", [face(1), face(2)], CONSENT)
    gallery.enrol("Budi", [face(3)], CONSENT)
    return gallery


def test_a_face_in_a_line_under_an_earlier_key_is_told_of(people: Gallery, tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    export_gallery(people, path)
    before = path.read_bytes()
    renewed = rekey(people, Key.new())
    receipt = remove(renewed, "Ana", [renewed.faces("Ana")[0].id])
    assert (receipt.exports, receipt.exports_missing) == (0, 1)
    assert check_receipt(renewed, receipt.signed(renewed.key)).holds
    assert path.read_bytes() == before
    forget(renewed, "Ana")
    last = forget(renewed, "Budi")
    assert (last.exports, last.exports_missing) == (1, 0)
    assert len(path.read_text().splitlines()) == 1
    assert export_gallery(renewed, tmp_path / "later.jsonl") == 0


@pytest.mark.parametrize("damage", ["not JSON", "[]", "5", '{"person": "x"', '{"data": {}}', ""])
def test_a_damaged_line_keeps_no_other(people: Gallery, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "export.jsonl"
    export_gallery(people, path)
    header, *lines = path.read_text().splitlines()
    gone = people.person("Ana").id
    path.write_text("\n".join([header, damage, *lines]) + "\n")
    receipt = forget(people, "Ana")
    assert (receipt.exports, receipt.exports_missing) == (1, 1)
    assert path.read_text().splitlines() == [header, damage, *(line for line in lines if gone not in line)]


@pytest.mark.parametrize("damage", [b'{"kind": "kenali gall', b"\xff\xfe", b'{"kind": "kenali gallery export 1"}', b""])
def test_a_file_that_is_no_longer_an_export_is_told_of(people: Gallery, tmp_path: Path, damage: bytes) -> None:
    path, folder = tmp_path / "export.jsonl", tmp_path / "folder.jsonl"
    export_gallery(people, path, plain=True)
    export_gallery(people, folder)
    folder.unlink()
    folder.mkdir()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([damage + b"\n", *lines[1:]]))
    before = path.read_bytes()
    receipt = forget(people, "Ana")
    assert (receipt.exports, receipt.exports_missing) == (0, 2)
    assert path.read_bytes() == before


def test_what_a_killed_export_left_goes_after_an_hour(people: Gallery, tmp_path: Path) -> None:
    path = tmp_path / "people [1].jsonl"
    export_gallery(people, path)
    path.unlink()
    old, young = tmp_path / f".{path.name}.abcdefgh.partial", tmp_path / f".{path.name}.ijklmnop.partial"
    other = tmp_path / ".people 1.jsonl.abcdefgh.partial"
    for left in (old, young, other):
        left.write_text("names and vectors")
    for left in (old, other):
        os.utime(left, (time.time() - 3700,) * 2)
    receipt = forget(people, "Ana")
    assert receipt.exports_missing == 1
    assert [left.exists() for left in (old, young, other)] == [False, True, True]


def test_a_left_over_that_stays_keeps_no_line(people: Gallery, tmp_path: Path) -> None:
    path, left = tmp_path / "export.jsonl", tmp_path / ".export.jsonl.abcdefgh.partial"
    export_gallery(people, path, plain=True)
    left.mkdir()  # a file's removal refuses it
    os.utime(left, (0, 0))
    receipt = forget(people, "Ana")
    assert (receipt.exports, receipt.exports_missing) == (1, 1)
    assert "Ana" not in path.read_text()


def test_exports_are_cleaned_where_the_database_cannot_be_written_anew(
    people: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "export.jsonl"
    export_gallery(people, path, plain=True)

    def full() -> bool:
        raise KenaliError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(people.database, "erase_traces", full)
        with pytest.raises(KenaliError, match="the disk is full"):
            forget(people, "Ana")
    assert "Ana" not in path.read_text()
    assert expire(people) == []


def test_who_enrols_meanwhile_is_not_waited_for(people: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export_gallery(people, tmp_path / "export.jsonl")
    clean, seeds = exports_module._clean, iter(range(10, 20))

    def slow(*arguments: Any) -> tuple[bool, bool]:
        people.enrol("Citra", [face(next(seeds))], CONSENT)
        return clean(*arguments)

    monkeypatch.setattr(exports_module, "_clean", slow)
    assert forget(people, "Ana").exports == 1
    assert people.person("Citra").faces == 1
