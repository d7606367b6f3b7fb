"""Photos in a ZIP: what is safe to unpack, and how members are named."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.photos import scan
from kenali.photos.archive import ZipSource
from tests.conftest import draw_photo


def packed(file: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


@pytest.mark.parametrize("spelling", ["{}", "./{}"])
def test_members_are_named_alike_however_the_zip_was_made(tmp_path: Path, spelling: str) -> None:
    members = {spelling.format("cat/a.jpg"): draw_photo(None, 1), spelling.format("dog/b.jpg"): draw_photo(None, 2)}
    scanned = scan(packed(tmp_path / "photos.zip", members))
    assert [photo.path for photo in scanned.photoset.photos] == ["cat/a.jpg", "dog/b.jpg"]
    assert scanned.photoset.source.read("dog/b.jpg") == draw_photo(None, 2)


def test_backslashes_divide_folders(tmp_path: Path) -> None:
    scanned = scan(packed(tmp_path / "photos.zip", {"cat\\a.jpg": draw_photo(None, 1), "dog\\": b""}))
    assert scanned.photoset.class_names == ("cat",)
    assert [warning.kind for warning in scanned.ledger.warnings if warning.kind == "empty-class"] == ["empty-class"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_occurs_twice_counts_once(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("cat/a.jpg", draw_photo(None, 1))
        archive.writestr("cat/a.jpg", draw_photo(None, 2))
    scanned = scan(tmp_path / "photos.zip")
    assert [(row.fate, row.reason) for row in scanned.ledger.rows] == [("used", ""), ("quarantined", "repeated")]
    assert scanned.photoset.source.read("cat/a.jpg") == draw_photo(None, 1)


def test_a_member_named_dot_breaks_nothing(tmp_path: Path) -> None:
    rows = scan(packed(tmp_path / "photos.zip", {".": b"x", "cat/a.jpg": draw_photo(None, 1)})).ledger.rows
    assert [row.fate for row in rows] == ["quarantined", "used"]


def test_a_damaged_member_is_set_aside(tmp_path: Path) -> None:
    file = packed(tmp_path / "photos.zip", {"cat/a.jpg": draw_photo(None, 1), "cat/b.jpg": draw_photo(None, 2)})
    data = bytearray(file.read_bytes())
    data[200:210] = bytes(10)
    file.write_bytes(data)
    assert [(row.fate, row.reason) for row in scan(file).ledger.rows] == [("quarantined", "unreadable"), ("used", "")]


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photos.zip").write_bytes(b"PK no more")
    with pytest.raises(KenaliError, match="no readable ZIP"):
        ZipSource(tmp_path / "photos.zip").catalogue()
