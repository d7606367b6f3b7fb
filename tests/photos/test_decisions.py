"""From doubtful labels to a new list, by the owner's decisions; photos are never touched."""

from __future__ import annotations

import csv
import shutil
import zipfile
from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.photos import Suspect, apply_decisions, save_suspects, scan
from tests.conftest import draw_set

HEADER = "path,given,suggested,given_probability,suggested_probability,decision\n"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_set(tmp_path / "photos", {"cat": 3, "dog": 3, "Old owl": 2})


def decided(folder: Path, photos: Path, **decisions: str) -> dict[str, str]:
    """The labels of the new list, by path in the set, when `cat_000="relabel"` and so on are decided."""
    rows = [f"{name.replace('_', '/')}.jpg,,dog,,,{decision}" for name, decision in decisions.items()]
    (folder / "suspects.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    apply_decisions(scan(photos), folder / "suspects.csv", folder / "list.csv")
    listed = scan(folder / "list.csv").photoset
    return {photo.path.removeprefix("photos/"): listed.class_names[photo.label] for photo in listed.photos}


def read(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_decisions_are_carried_out(tmp_path: Path, photos: Path) -> None:
    before = {path: path.read_bytes() for path in photos.rglob("*.jpg")}
    labels = decided(tmp_path, photos, cat_000="relabel", cat_001="Leave-out", cat_002="keep", dog_000="old owl", dog_001="")
    assert labels["cat/000.jpg"] == "dog"
    assert "cat/001.jpg" not in labels
    assert labels["cat/002.jpg"] == "cat"
    assert labels["dog/000.jpg"] == "Old owl"
    assert labels["dog/001.jpg"] == "dog"
    assert len(labels) == 7
    assert {path: path.read_bytes() for path in photos.rglob("*") if path.is_file()} == before


def test_decisions_may_be_indonesian(tmp_path: Path, photos: Path) -> None:
    labels = decided(tmp_path, photos, cat_000="Ganti", cat_001="buang", cat_002="biarkan")
    assert labels["cat/000.jpg"] == "dog"
    assert "cat/001.jpg" not in labels
    assert labels["cat/002.jpg"] == "cat"


def test_changing_ones_mind_undoes_it(tmp_path: Path, photos: Path) -> None:
    decided(tmp_path, photos, cat_000="leave out")
    assert decided(tmp_path, photos, cat_000="keep")["cat/000.jpg"] == "cat"


def test_the_count_tells_what_was_done(tmp_path: Path, photos: Path) -> None:
    rows = [
        "cat/000.jpg,cat,dog,,,relabel",
        "cat/001.jpg,cat,dog,,,leave out",
        "dog/000.jpg,dog,cat,,,dog",
        "dog/001.jpg,dog,cat,,,",
    ]
    (tmp_path / "s.csv").write_text(HEADER + "\n".join(rows))
    done = apply_decisions(scan(photos), tmp_path / "s.csv", tmp_path / "list.csv")
    assert (done.photos, done.relabelled, done.left_out, done.kept, done.undecided) == (7, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("cat/000.jpg,cat,dog,,,relable", "Did you mean 'relabel'"),
        ("cat/000.jpg,cat,fox,,,relabel", "neither keep, relabel or leave out nor a class"),
        ("cat/00.jpg,cat,dog,,,keep", "not among the 8 used photos"),
    ],
)
def test_what_is_not_understood_gets_a_sentence(tmp_path: Path, photos: Path, row: str, sentence: str) -> None:
    (tmp_path / "s.csv").write_text(HEADER + row)
    with pytest.raises(KenaliError, match=sentence):
        apply_decisions(scan(photos), tmp_path / "s.csv", tmp_path / "list.csv")
    assert not (tmp_path / "list.csv").exists()


@pytest.mark.parametrize("name", ["list.txt", "s.csv", "own.csv"])
def test_a_list_replaces_neither_decisions_nor_source(tmp_path: Path, photos: Path, name: str) -> None:
    (tmp_path / "s.csv").write_text(HEADER + "photos/cat/000.jpg,cat,dog,,,keep")
    rows = [f"photos/{path.relative_to(photos).as_posix()},{path.parent.name}\n" for path in sorted(photos.rglob("*.jpg"))]
    (tmp_path / "own.csv").write_text("path,label\n" + "".join(rows))
    with pytest.raises(KenaliError, match="name a new file"):
        apply_decisions(scan(tmp_path / "own.csv"), tmp_path / "s.csv", tmp_path / name)


def test_photos_in_a_zip_cannot_be_listed(tmp_path: Path, photos: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for path in photos.rglob("*.jpg"):
            archive.write(path, path.relative_to(photos))
    with pytest.raises(KenaliError, match="unpack it"):
        apply_decisions(scan(tmp_path / "photos.zip"), tmp_path / "s.csv", tmp_path / "list.csv")


def test_groups_parts_and_further_columns_go_along(tmp_path: Path, photos: Path) -> None:
    lines = [
        "photos/cat/000.jpg,cat,p1,train,north",
        "photos/cat/001.jpg,cat,p1,,south",
        "photos/dog/000.jpg,dog,,test,north",
    ]
    (tmp_path / "own.csv").write_text("file,class,group,part,Hospital\n" + "\n".join(lines))
    (tmp_path / "s.csv").write_text(HEADER + "photos/cat/001.jpg,cat,dog,,,relabel")
    apply_decisions(scan(tmp_path / "own.csv"), tmp_path / "s.csv", tmp_path / "lists" / "new.csv")
    rows = read(tmp_path / "lists" / "new.csv")
    assert [row["path"] for row in rows] == ["../photos/cat/000.jpg", "../photos/cat/001.jpg", "../photos/dog/000.jpg"]
    assert [row["label"] for row in rows] == ["cat", "dog", "dog"]
    assert rows[0]["group"] == rows[1]["group"] != rows[2]["group"] == ""
    assert [row["split"] for row in rows] == ["train", "", "test"]
    assert [row["hospital"] for row in rows] == ["north", "south", "north"]


def test_a_copy_does_not_come_back_in_place_of_a_photo_left_out(tmp_path: Path, photos: Path) -> None:
    shutil.copy(photos / "cat" / "000.jpg", photos / "cat" / "again.jpg")
    labels = decided(tmp_path, photos, cat_000="leave out")
    assert not {"cat/000.jpg", "cat/again.jpg"} & set(labels)


def test_looking_again_keeps_decisions(tmp_path: Path) -> None:
    first, second, third = (Suspect(f"a/{i}.jpg", "a", "b", 0.1, 0.9) for i in range(3))
    file = tmp_path / "suspects.csv"
    save_suspects(file, [first, second])
    assert [row["decision"] for row in read(file)] == ["", ""]
    file.write_text(file.read_text().replace("a/1.jpg,a,b,0.100,0.900,weak,", "a/1.jpg,a,b,0.100,0.900,weak,leave out"))
    save_suspects(file, [third, second])
    assert [(row["path"], row["decision"]) for row in read(file)] == [("a/2.jpg", ""), ("a/1.jpg", "leave out")]
    save_suspects(file, [])
    assert [(row["path"], row["decision"]) for row in read(file)] == [("a/1.jpg", "leave out")]
    save_suspects(tmp_path / "none.csv", [])
    assert apply_decisions(scan(draw_set(tmp_path / "set", {"a": 2})), tmp_path / "none.csv", tmp_path / "list.csv").photos == 2
    save_suspects(tmp_path / "none.csv", [first])
    assert len(read(tmp_path / "none.csv")) == 1


def test_a_strange_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "suspects.csv").write_text("name,phone\nAyu,1\nBudi,2\n")
    with pytest.raises(KenaliError, match="no column 'path'"):
        save_suspects(tmp_path / "suspects.csv", [])
