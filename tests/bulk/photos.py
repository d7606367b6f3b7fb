"""Photos of three colours in every way that they may be packed, for the tiny bundle."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from tests.tiny import coloured

COLOURS = ("red", "green", "blue", "yellow", "grey")


def members(count: int) -> dict[str, bytes]:
    """The bytes of `count` photos by name, of sizes that differ."""
    return {f"{n:03}-{COLOURS[n % 5]}.png": coloured(COLOURS[n % 5], (40 + n, 50)) for n in range(count)}


def write_files(folder: Path, photos: Mapping[str, bytes]) -> Path:
    for name, data in photos.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def write_tar(file: Path, photos: Mapping[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(file, mode) as archive:  # type: ignore[call-overload]
        for name, data in photos.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file


def write_parquet(file: Path, columns: Mapping[str, Any], rows_a_group: int = 4) -> Path:
    pyarrow.parquet.write_table(pyarrow.table(dict(columns)), file, row_group_size=rows_a_group)
    return file


def rows_of(out: Path | str) -> list[dict[str, Any]]:
    """Every row of a run's parts, read as any reader of Parquet data sets does."""
    import pyarrow.dataset

    rows: list[dict[str, Any]] = pyarrow.dataset.dataset(str(out), format="parquet").to_table().to_pylist()
    return rows


def parts_of(out: Path) -> dict[str, bytes]:
    """The bytes of every part by its name."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.parquet"))}
