"""Clean copies: names that every system takes, nothing overwritten, nothing half-done."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.photos import organize, save_ledger, scan
from kenali.photos.folder import FolderSource
from kenali.photos.naming import folder_names, fresh_name, safe_name
from tests.conftest import draw_photo, draw_set


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_copies_are_numbered_by_class_and_keep_their_bytes(tmp_path: Path) -> None:
    folder = draw_set(tmp_path / "photos", {"cat": 2, "dog": 1})
    draw_photo(folder / "dog" / "shot.jpeg", 77, file_format="PNG")
    (folder / "dog" / "broken.jpg").write_bytes(b"")
    copies = organize(scan(folder), tmp_path / "clean")
    expected = ["cat/cat (1).jpg", "cat/cat (2).jpg", "dog/dog (1).jpg", "dog/dog (2).png"]
    assert files(tmp_path / "clean") == [*expected, "organized.csv"]
    assert [copy.relative_to(tmp_path / "clean").as_posix() for _, copy in copies] == expected
    for source, copy in copies:
        assert copy.read_bytes() == (folder / source).read_bytes()
    with (tmp_path / "clean" / "organized.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["source"], row["path"]) for row in rows] == list(zip((s for s, _ in copies), expected, strict=True))


def test_the_copies_are_a_photo_set_again(tmp_path: Path) -> None:
    scanned = scan(draw_set(tmp_path / "photos", {"cat": 3, "dog": 2}))
    organize(scanned, tmp_path / "clean")
    again = scan(tmp_path / "clean")
    assert again.photoset.counts == scanned.photoset.counts
    assert [row.path for row in again.ledger.rows if row.fate != "used"] == ["organized.csv"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    scanned = scan(draw_set(tmp_path / "photos", {"cat": 1}))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for dest in (tmp_path / "full", tmp_path / "full" / "mine.txt", tmp_path / "photos"):
        with pytest.raises(KenaliError, match="nothing is overwritten"):
            organize(scanned, dest)
    assert files(tmp_path / "full") == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    assert len(organize(scanned, tmp_path / "empty")) == 1


@pytest.mark.parametrize(
    ("class_names", "folders"),
    [
        (("a:b", "a?b"), ["a_b", "a_b_"]),
        (("Cat", "cat", "CAT"), ["Cat", "cat_", "CAT__"]),
        (("con", "LPT1.old", "console"), ["_con", "_LPT1.old", "console"]),
        (("ends. ", "..", " "), ["ends", "_", "__"]),
        (("kucing", "anjing 🐶", "كلب"), ["kucing", "anjing 🐶", "كلب"]),
        (("new\nline", "back\\slash"), ["new_line", "back_slash"]),
        (("straße", "STRASSE"), ["straße", "STRASSE_"]),
        (("x" * 250, "x" * 249 + "y", "é" * 150), ["x" * 200, "x" * 200 + "_", "é" * 100]),
        (("organized.csv", "cat"), ["organized.csv_", "cat"]),
    ],
)
def test_folder_names_suit_every_system(class_names: tuple[str, ...], folders: list[str]) -> None:
    assert folder_names(class_names, taken=("organized.csv",)) == folders


def test_a_name_is_neither_hidden_nor_taken() -> None:
    assert safe_name(".hidden") == "_.hidden"
    used: set[str] = set()
    assert [fresh_name(stem, ".jpg", used) for stem in ("a", "A", "a", "b")] == ["a.jpg", "A (2).jpg", "a (3).jpg", "b.jpg"]


def test_a_cut_of_the_ledger_chooses(tmp_path: Path) -> None:
    folder = draw_set(tmp_path / "photos", {"cat": 2, "dog": 2})
    (folder / "dog" / "broken.jpg").write_bytes(b"")
    scanned = scan(folder)
    save_ledger(tmp_path / "ledger.csv", scanned.ledger)
    lines = (tmp_path / "ledger.csv").read_text().splitlines(keepends=True)
    (tmp_path / "cut.csv").write_text("".join(line for line in lines if not line.startswith("cat/000")))
    organize(scanned, tmp_path / "clean", only=tmp_path / "cut.csv")
    assert files(tmp_path / "clean") == ["cat/cat (1).jpg", "dog/dog (1).jpg", "dog/dog (2).jpg", "organized.csv"]


def test_a_cut_that_names_a_stranger_is_refused(tmp_path: Path) -> None:
    scanned = scan(draw_set(tmp_path / "photos", {"cat": 2}))
    (tmp_path / "cut.csv").write_text("path\ncat/00.jpg\n")
    with pytest.raises(KenaliError, match="Did you mean 'cat/00"):
        organize(scanned, tmp_path / "clean", only=tmp_path / "cut.csv")
    assert not (tmp_path / "clean").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_interrupted_copy_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    scanned = scan(draw_set(tmp_path / "photos", {"cat": 3}))
    read = FolderSource.read

    def stop(source: FolderSource, path: str) -> bytes:
        if path == "cat/002.jpg":
            raise error
        return read(source, path)

    monkeypatch.setattr(FolderSource, "read", stop)
    with pytest.raises(type(error)):
        organize(scanned, tmp_path / "clean")
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]
