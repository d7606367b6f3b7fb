"""Which columns of a Parquet file hold photos: their bytes, bytes within a struct as Hugging Face writes them, or paths."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kenali.bulk.places import is_address, place_of
from kenali.errors import KenaliError, MissingExtra

_BYTES = ("bytes", "image", "image_bytes", "photo", "img", "jpg", "jpeg", "png", "webp", "content", "data")
_PATHS = ("path", "file", "filename", "file_name", "image_path", "uri", "url", "__key__", "key")


def require_parquet() -> Any:
    """The module pyarrow.parquet. Raises MissingExtra without it."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("Parquet", "parquet", error) from None
    return pyarrow.parquet


@dataclass(frozen=True, slots=True)
class PhotoColumns:
    """The columns with photos' `data`, perhaps in the struct `within`, and with their `name`; None where there is none."""

    data: str | None
    name: str | None
    within: str | None = None

    @property
    def read(self) -> tuple[str, ...]:
        own = [self.within] if self.within else [self.data]
        return tuple(column for column in (*own, self.name) if column is not None)

    def of(self, row: dict[str, Any]) -> tuple[bytes | None, str | None]:
        """The bytes and the name of a row's photo; None for what it lacks."""
        name = row[self.name] if self.name else None
        if self.within:
            inner = row[self.within] or {}
            return inner.get("bytes"), name or inner.get("path") or None
        return (row[self.data] if self.data else None), name or None

    def place(self, name: str, file: str) -> str:
        """Where the photo called `name` lies; relative names count from the folder of the Parquet `file`."""
        if is_address(name):
            return place_of(name)
        if is_address(file):
            return posixpath.join(file.rpartition("/")[0], name)
        return str(Path(file).parent / name)


def photo_columns(schema: Any, file: str) -> PhotoColumns:
    """The columns to read photos from. Raises KenaliError where there is none."""
    import pyarrow

    kinds = {field.name: field.type for field in schema}

    def first(known: tuple[str, ...], fits: Any, only: bool = False) -> str | None:
        fitting = [name for name, kind in kinds.items() if fits(kind)]
        named = next((name for name in known if name in fitting), None)
        return named or (fitting[0] if only and len(fitting) == 1 else None)

    types = pyarrow.types
    name = first(_PATHS, lambda kind: types.is_string(kind) or types.is_large_string(kind))
    within = first(_BYTES, lambda kind: types.is_struct(kind) and kind.get_field_index("bytes") >= 0, only=True)
    if within is not None:
        return PhotoColumns(None, name, within)
    data = first(_BYTES, lambda kind: types.is_binary(kind) or types.is_large_binary(kind), only=True)
    if data is None and name is None:
        raise KenaliError(
            f"{file} has no column of photos; expected their bytes in `bytes`, a struct `image` with `bytes`, "
            f"or their places in `path`, found: {', '.join(kinds) or 'none'}"
        )
    return PhotoColumns(data, name)
