"""Classes and parts read off folders."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.photos import open_source
from kenali.photos.layout import Catalogue, Entry, arrange


def arranged(*paths: str) -> Catalogue:
    """The catalogue of files at `paths`; those that end in `/` are folders."""
    files = [Entry(path) for path in paths if not path.endswith("/")]
    return arrange(files, [path.rstrip("/") for path in paths if path.endswith("/")])


def classes_and_parts(catalogue: Catalogue) -> dict[str, tuple[str | None, str | None]]:
    return {entry.path: (entry.class_name, entry.part) for entry in catalogue.entries}


def test_a_folder_is_a_class_and_holds_photos_at_any_depth() -> None:
    catalogue = arranged("cat/a.jpg", "dog/b.jpg", "dog/2024/may/c.jpg")
    assert classes_and_parts(catalogue) == {
        "cat/a.jpg": ("cat", None),
        "dog/b.jpg": ("dog", None),
        "dog/2024/may/c.jpg": ("dog", None),
    }
    assert catalogue.class_names == ("cat", "dog")


def test_a_wrapper_is_descended_into() -> None:
    catalogue = arranged("photos-main/data/cat/a.jpg", "photos-main/data/dog/b.jpg", "__MACOSX/x/._a.jpg")
    assert catalogue.class_names == ("cat", "dog")
    assert catalogue.entries[2].problem is not None


def test_a_single_class_is_no_wrapper() -> None:
    assert arranged("cat/a.jpg", "cat/b.jpg").class_names == ("cat",)


@pytest.mark.parametrize(("train", "val", "test"), [("train", "val", "test"), ("Training", "VALID", "Testing")])
def test_parts_are_read_off_their_folders(train: str, val: str, test: str) -> None:
    catalogue = arranged(f"{train}/cat/a.jpg", f"{train}/dog/b.jpg", f"{val}/cat/c.jpg", f"{test}/dog/x/d.jpg", "e.jpg")
    assert list(classes_and_parts(catalogue).values()) == [
        ("cat", "train"),
        ("dog", "train"),
        ("cat", "val"),
        ("dog", "test"),
        (None, None),
    ]
    assert catalogue.entries[4].problem is not None
    assert catalogue.entries[4].problem.reason == "outside-class"


def test_a_lone_train_folder_is_a_wrapper() -> None:
    catalogue = arranged("train/cat/a.jpg", "train/dog/b.jpg")
    assert classes_and_parts(catalogue)["train/cat/a.jpg"] == ("cat", None)


def test_classes_may_be_called_train_and_test() -> None:
    catalogue = arranged("train/locomotive.jpg", "test/tube.jpg", "bus/a.jpg")
    assert classes_and_parts(catalogue)["train/locomotive.jpg"] == ("train", None)
    assert catalogue.class_names == ("bus", "test", "train")


def test_empty_folders_are_classes_too() -> None:
    assert arranged("cat/a.jpg", "dog/").class_names == ("cat", "dog")


def test_hidden_folders_are_no_classes() -> None:
    catalogue = arranged("cat/a.jpg", "dog/b.jpg", ".git/c.jpg", "@eaDir/d.jpg")
    assert catalogue.class_names == ("cat", "dog")
    assert [entry.problem.reason for entry in catalogue.entries if entry.problem] == ["hidden-folder", "hidden-folder"]


def test_accents_composed_and_decomposed_are_one_class() -> None:
    assert arranged("caf\u00e9/a.jpg", "cafe\u0301/b.jpg").class_names == ("caf\u00e9",)


@pytest.mark.parametrize("name", ["nothing", "photo.jpg", "notes.txt"])
def test_what_is_no_source_is_refused_with_a_hint(tmp_path: Path, name: str) -> None:
    if name != "nothing":
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(KenaliError, match="one folder of photos a class"):
        open_source(tmp_path / name)


def test_sources_survive_pickling(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "a.jpg").write_bytes(b"a")
    (tmp_path / "list.csv").write_text("path,label\ncat/a.jpg,cat\n")
    for path in (tmp_path, tmp_path / "list.csv"):
        source = pickle.loads(pickle.dumps(open_source(path)))
        assert source.read("cat/a.jpg") == b"a"
