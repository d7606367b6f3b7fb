"""Photos that a CSV lists, and CSVs that read back what was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kenali.errors import KenaliError
from kenali.photos import scan
from kenali.photos.listing import CsvSource, csv_text, read_rows
from tests.conftest import draw_photo


def listed(tmp_path: Path, text: str, encoding: str = "utf-8") -> dict[str, tuple[str, str]]:
    """Path to (fate, reason) of a CSV beside the photos cat/a.jpg, cat/b.jpg and dog/c.jpg."""
    for seed, name in enumerate(("cat/a.jpg", "cat/b.jpg", "dog/c.jpg")):
        draw_photo(tmp_path / name, seed)
    (tmp_path / "list.csv").write_text(text, encoding=encoding, newline="")
    return {row.path: (row.fate, row.reason) for row in scan(tmp_path / "list.csv").ledger.rows}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_habits_of_spreadsheets_are_read(tmp_path: Path, delimiter: str, encoding: str, newline: str) -> None:
    lines = ["Filename,Class", "cat/a.jpg, cat ", "", "dog/c.jpg,dog", ""]
    text = newline.join(lines).replace(",", delimiter)
    assert listed(tmp_path, text, encoding) == {"cat/a.jpg": ("used", ""), "dog/c.jpg": ("used", "")}


@pytest.mark.parametrize(
    ("row", "path", "reason"),
    [
        ("cat/gone.jpg,cat,", "cat/gone.jpg", "missing"),
        ("cat/b.jpg,,", "cat/b.jpg", "no-label"),
        ("cat/b.jpg", "cat/b.jpg", "no-label"),
        (",cat,", "", "no-path"),
        ("cat/b.jpg,cat,exam", "cat/b.jpg", "unknown-split"),
        ("cat,cat,", "cat", "not-a-file"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(tmp_path: Path, row: str, path: str, reason: str) -> None:
    assert listed(tmp_path, f"path,label,split\ncat/a.jpg,cat,train\n{row}\n")[path] == ("quarantined", reason)


def test_a_path_listed_twice_counts_once(tmp_path: Path) -> None:
    listed(tmp_path, "path,label\ncat/a.jpg,cat\ncat/../cat/a.jpg,dog\n")
    rows = scan(tmp_path / "list.csv").ledger.rows
    assert [(row.path, row.fate, row.reason) for row in rows] == [
        ("cat/a.jpg", "used", ""),
        ("cat/a.jpg", "quarantined", "repeated"),
    ]
    assert "there with the label 'cat'" in rows[1].detail


def test_groups_and_splits_are_taken_over(tmp_path: Path) -> None:
    listed(tmp_path, "path,label,group,split\ncat/a.jpg,cat,p1,Train\ncat/b.jpg,cat,p1,\ndog/c.jpg,dog,p2,valid\n")
    photos = scan(tmp_path / "list.csv").photoset.photos
    assert [photo.part for photo in photos] == ["train", None, "val"]
    assert photos[0].group == photos[1].group != photos[2].group


def test_a_cut_of_the_ledger_is_a_list(tmp_path: Path) -> None:
    text = "path,label,fate,reason,detail\ncat/a.jpg,cat,used,,\ncat/b.jpg,cat,quarantined,corrupt,x\n"
    assert list(listed(tmp_path, text)) == ["cat/a.jpg"]
    with pytest.raises(KenaliError, match="lists no photo to use"):
        listed(tmp_path, text.replace("used", "duplicate"))


def test_backslashes_are_slashes(tmp_path: Path) -> None:
    assert listed(tmp_path, "path,label\ncat\\a.jpg,cat\n") == {"cat/a.jpg": ("used", "")}


def test_absolute_paths_become_relative_to_the_common_folder(tmp_path: Path) -> None:
    text = f"path,label\n{tmp_path / 'cat' / 'a.jpg'},cat\n{tmp_path / 'dog' / 'c.jpg'},dog\n"
    assert set(listed(tmp_path, text)) == {"cat/a.jpg", "dog/c.jpg"}
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "list.csv").write_text(text)
    assert [row.path for row in scan(tmp_path / "lists" / "list.csv").ledger.rows] == ["cat/a.jpg", "dog/c.jpg"]


def test_paths_that_climb_become_relative_to_the_common_folder(tmp_path: Path) -> None:
    listed(tmp_path, "path,label\ncat/a.jpg,cat\n")
    (tmp_path / "lists").mkdir()
    draw_photo(tmp_path / "lists" / "own" / "d.jpg", 9)
    (tmp_path / "lists" / "list.csv").write_text("path,label\n../cat/a.jpg,cat\nown/d.jpg,dog\n../gone.jpg,dog\n")
    source = CsvSource(tmp_path / "lists" / "list.csv")
    paths = [entry.path for entry in source.catalogue().entries]
    assert paths == ["cat/a.jpg", "gone.jpg", "lists/own/d.jpg"]
    assert source.read("cat/a.jpg") == (tmp_path / "cat" / "a.jpg").read_bytes()
    ledger = scan(tmp_path / "lists" / "list.csv").ledger
    assert str(tmp_path) not in str(ledger)
    assert [row.reason for row in ledger.rows] == ["", "missing", ""]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no column 'path'"),
        (b"path;label\n", "lists no photo"),
        (b"pth,label\na.jpg,cat\n", "no column 'path'"),
        (b"path,label\ncaf\xe9.jpg,cat\n", "not UTF-8"),
        (b'path,label\n"' + b"x" * 200_000 + b'",cat\n', "no readable CSV"),
    ],
)
def test_a_csv_that_cannot_be_used_says_why(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "list.csv").write_bytes(data)
    with pytest.raises(KenaliError, match=message):
        scan(tmp_path / "list.csv")


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(st.lists(st.tuples(CELLS.filter(bool), CELLS), min_size=1, max_size=5))
def test_whatever_is_written_reads_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    file = tmp_path_factory.mktemp("csv") / "rows.csv"
    file.write_bytes(csv_text(("path", "label"), rows).encode())
    read = read_rows(file, required=("path", "label"))
    assert [(row["path"], row["label"]) for row in read] == [(path, label.strip()) for path, label in rows]
