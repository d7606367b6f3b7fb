"""Files and folders appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from kenali.files import folder_atomically, sha256_of, write_atomically


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a" / "b.txt", "kenali é")
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "kenali é"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_failed_write_leaves_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    write_atomically(file, "first")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_atomically(file, "second")
    assert file.read_text() == "first"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_takes_the_place_of_the_earlier_one(tmp_path: Path) -> None:
    target = tmp_path / "bundle"
    for text in ("first", "second"):
        with folder_atomically(target) as partial:
            (partial / "x").write_text(text)
    assert (target / "x").read_text() == "second"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_interrupted_folder_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), folder_atomically(tmp_path / "bundle") as partial:
        (partial / "x").write_text("half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_checksum(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256_of(tmp_path / "x").startswith("ba7816bf")
