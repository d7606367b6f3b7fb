"""Kept photos and feedback: filed so that check reads them, under names that clients have no say in."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kenali.photos import scan
from kenali.serve.feedback import FeedbackBook
from kenali.serve.keep import DiskFull, Keeper
from kenali.serve.receipts import Receipt
from tests.conftest import draw_photo

PHOTO = draw_photo(None, 1)
ID = "ab" * 16


def kept(folder: Path, prediction: str = ID) -> Keeper:
    keeper = Keeper(folder)
    keeper.keep("rocks", prediction, PHOTO, "JPEG", {"answered": "gold", "by": "key1"})
    return keeper


def test_a_photo_waits_until_it_is_named_and_may_be_renamed(tmp_path: Path) -> None:
    keeper = kept(tmp_path)
    assert (tmp_path / "_waiting" / "rocks" / f"{ID}.jpg").read_bytes() == PHOTO
    assert not (tmp_path / "rocks").exists()
    assert keeper.label("rocks", ID, "jasper", "key1")
    assert keeper.label("rocks", ID, "gold", "key2")
    assert keeper.label("rocks", ID, "gold", "key2")
    assert [path.relative_to(tmp_path).as_posix() for path in (tmp_path / "rocks").rglob("*")] == [
        "rocks/gold",
        f"rocks/gold/{ID}.jpg",
    ]
    record = json.loads((tmp_path / "_records" / "rocks" / f"{ID}.json").read_text(encoding="utf-8"))
    assert (record["label"], record["labelled_by"], record["answered"], record["by"]) == ("gold", "key2", "gold", "key1")


def test_check_reads_the_folder_as_new_photos(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    for number, label in enumerate(("gold", "gold", "jasper", None)):
        keeper.keep("rocks", f"{number:032}", draw_photo(None, number), "JPEG", {})
        if label:
            keeper.label("rocks", f"{number:032}", label, "-")
    found = scan(tmp_path / "rocks")
    assert found.photoset.counts == {"gold": 2, "jasper": 1}
    assert len(found.ledger.rows) == 3


@pytest.mark.parametrize("label", ["../../out", "a/b", "C:\\x", "..", ".hidden", "nul", "Batu „asli“ 石"])
def test_no_label_leaves_the_model_s_folder(tmp_path: Path, label: str) -> None:
    kept(tmp_path / "kept").label("rocks", ID, label, "-")
    (photo,) = (tmp_path / "kept" / "rocks").rglob("*.jpg")
    assert photo.parent.parent == tmp_path / "kept" / "rocks"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_what_was_not_kept_cannot_be_filed(tmp_path: Path) -> None:
    keeper = kept(tmp_path)
    assert not keeper.label("rocks", "cd" * 16, "gold", "-")
    assert not keeper.label("others", ID, "gold", "-")
    (tmp_path / "_waiting" / "rocks" / f"{ID}.jpg").unlink()  # its owner wanted it gone
    assert not keeper.label("rocks", ID, "gold", "-")


class _Usage(NamedTuple):
    free: int


def test_a_disk_that_is_nearly_full_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(1000))
    with pytest.raises(DiskFull, match="are free"):
        kept(tmp_path)
    assert not list(tmp_path.rglob("*.jpg"))


def test_a_disk_that_fills_up_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("kenali.serve.keep.write_atomically", full)
    with pytest.raises(DiskFull):
        kept(tmp_path)


def test_feedback_counts_the_last_word_on_each_photo(tmp_path: Path) -> None:
    book = FeedbackBook(tmp_path)
    book.remember("0123456789ab", ("gold", "jasper"))
    answered = {label: Receipt(0, "0123456789ab", label, None, 0.9) for label in (0, 1)}
    unknown = Receipt(0, "0123456789ab", 0, "novel", 0.4)
    for number, receipt, label in (
        ("a", answered[0], "jasper"),
        ("a", answered[0], "gold"),  # a correction
        ("b", answered[1], "gold"),
        ("c", answered[1], "jasper"),
        ("c", answered[1], "jasper"),  # told twice
        ("d", unknown, "gold"),
    ):
        book.record("rocks", number, receipt, label, "-")
    (judged,) = FeedbackBook(tmp_path).judged(["rocks", "nothing"])
    assert (judged.told, judged.unknown, judged.right.n) == (4, 1, 3)
    assert judged.right.value == pytest.approx(2 / 3)
    assert book.answered(Receipt(0, "f" * 12, 0, None, 1.0)) is None
