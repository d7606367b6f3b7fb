"""Folders, TARs and Parquet files become shards; every photo of them is read, or says why not."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

from kenali.bulk.listing import shards_of
from kenali.bulk.shards import as_line, of_line
from kenali.errors import KenaliError, PhotoError
from tests.bulk.photos import members, write_files, write_parquet, write_tar


def read(*arguments: object, size: int = 3, listed: tuple[str, ...] = ()) -> list[list[tuple[str, bytes | str]]]:
    """(path, bytes or reason) of every photo of every shard, after each went through its line of JSON."""
    found = []
    for shard, _ in shards_of(map(str, arguments), size, listed):
        again = of_line(as_line(shard))
        assert again == shard
        photos: list[tuple[str, bytes | str]] = []
        for photo in again.photos():
            try:
                photos.append((photo.path, photo.read()))
            except PhotoError as error:
                photos.append((photo.path, error.reason))
        assert again.count in (None, len(photos))
        found.append(photos)
    return found


def flat(shards: list[list[tuple[str, bytes | str]]]) -> list[tuple[str, bytes | str]]:
    return list(itertools.chain.from_iterable(shards))


def test_a_folder_becomes_lists_of_files(tmp_path: Path) -> None:
    photos = {f"a/{name}": data for name, data in members(7).items()} | {"z/ünï 写真.png": b"x"}
    folder = write_files(tmp_path / "photos", photos)
    write_files(folder, {".hidden/x.png": b"no", "a/Thumbs.db": b"no"})
    (folder / "broken.png").symlink_to(folder / "nothing")
    shards = read(folder)
    assert [len(shard) for shard in shards] == [3, 3, 3]
    expected = [(str(folder / name), data) for name, data in photos.items()] + [(str(folder / "broken.png"), "broken-link")]
    assert sorted(flat(shards), key=str) == sorted(expected, key=str)


def test_files_patterns_and_lists(tmp_path: Path) -> None:
    photos = members(4)
    folder = write_files(tmp_path, photos)
    everything = [(str(folder / name), data) for name, data in photos.items()]
    assert flat(read(folder / "*.png")) == everything
    assert flat(read(*(folder / name for name in photos))) == everything
    assert flat(read(f"file://{folder}")) == everything
    assert flat(read("-", listed=tuple(f"{folder / name}\n" for name in photos))) == everything
    assert read(folder / "nothing.png") == [[(str(folder / "nothing.png"), "missing")]]
    assert read(folder / "*.nothing") == []


def test_a_file_that_is_named_is_no_pattern(tmp_path: Path) -> None:
    folder = write_files(tmp_path, {"img [1].png": b"this", "img 1.png": b"another"})
    assert flat(read(folder / "img [1].png")) == [(str(folder / "img [1].png"), b"this")]


@pytest.mark.skipif(sys.platform != "linux", reason="names as Linux takes them")
def test_one_odd_name_ends_no_listing(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "a.png").write_bytes(b"fine")
    odd = os.fsdecode(b"b\xff.png")
    (tmp_path / odd).write_bytes(b"odd")
    found = dict(flat(read(tmp_path)))
    assert found.pop(str(tmp_path / "a.png")) == b"fine"
    assert sorted(found.values()) == ["unreadable", "unreadable-name"]
    assert [answer for _, answer in flat(read(tmp_path / "*.png"))] == [b"fine", "unreadable-name"]
    assert [answer for _, answer in flat(read(tmp_path / odd))] == ["unreadable-name"]


@pytest.mark.parametrize("suffix", ["tar", "tar.gz"])
def test_a_tar_is_a_shard(tmp_path: Path, suffix: str) -> None:
    photos = members(5)
    beside = {"000-red.cls": b"0", "000-red.json": b"{}", "._000-red.png": b"no"}
    file = write_tar(tmp_path / f"shard.{suffix}", photos | beside, "w:gz" if suffix.endswith("gz") else "w")
    expected = [(f"{file}/{name}", data) for name, data in photos.items()]
    assert read(tmp_path) == [expected] == read(tmp_path / f"*.{suffix}") == read(file)


def test_a_damaged_tar_keeps_what_can_be_read(tmp_path: Path) -> None:
    photos = members(6)
    file = write_tar(tmp_path / "shard.tar", photos)
    whole = file.read_bytes()
    (first, data), *_ = photos.items()
    after_first = 512 + -(-len(data) // 512) * 512
    cuts = {"boundary": whole[:after_first], "header": whole[: after_first + 100], "end": whole[: 3 * after_first - 700]}
    cuts["noise"] = whole[:after_first] + b"\xff" * 512 + whole[after_first + 512 :]
    for what, cut in cuts.items():
        file.write_bytes(cut)
        (shard,) = read(file)
        assert shard[0] == (f"{file}/{first}", data), what
        assert shard[-1] == (str(file), "damaged-shard"), what
    file.write_bytes(b"")
    assert read(file) == [[(str(file), "damaged-shard")]]


def test_parquet_holds_bytes_structs_or_paths(tmp_path: Path) -> None:
    photos = members(10)
    names, data = list(photos), list(photos.values())
    folder = write_files(tmp_path / "photos", photos)
    bytes_alone = write_parquet(tmp_path / "a.parquet", {"jpg": data, "width": list(range(10))})
    assert [len(shard) for shard in read(bytes_alone, size=8)] == [8, 2]
    assert flat(read(bytes_alone)) == [(f"{bytes_alone}#{n}", one) for n, one in enumerate(data)]
    named = write_parquet(tmp_path / "b.parquet", {"bytes": data, "path": names})
    structs = [{"bytes": one, "path": name} for name, one in photos.items()]
    hugging = write_parquet(tmp_path / "c.parquet", {"image": structs, "label": [0] * 10})
    assert flat(read(named)) == list(photos.items()) == flat(read(hugging))
    paths = write_parquet(folder / "d.parquet", {"path": [*names[:-1], None]})
    assert flat(read(paths)) == [*list(photos.items())[:-1], (f"{paths}#9", "no-path")]


def test_a_damaged_parquet_file_is_told_in_rows(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "a.parquet", {"bytes": list(members(8).values())})
    whole = bytearray(file.read_bytes())
    shards = list(shards_of([str(file)], 4))
    middle = len(whole) // 2
    whole[40:middle] = b"\xff" * (middle - 40)
    file.write_bytes(whole)
    for shard, _ in shards:
        assert len(list(shard.photos())) == 4  # each row in the place of a photo, whatever can be read of it
    file.write_bytes(b"PAR1")
    assert read(file) == [[(str(file), "damaged-shard")]]


def test_what_holds_no_photo_is_refused(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "a.parquet", {"width": [1, 2]})
    with pytest.raises(KenaliError, match=r"no column of photos.*found: width"):
        read(file)
    (tmp_path / "a.zip").write_bytes(b"")
    with pytest.raises(KenaliError, match="unpack it"):
        read(tmp_path / "a.zip")
