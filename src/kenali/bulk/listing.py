"""From what a user names to shards: folders, patterns, Parquet and TAR files, here or in object storage, listed as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from glob import has_magic
from pathlib import PurePath

from kenali.bulk.columns import photo_columns, require_parquet
from kenali.bulk.places import Found, exists, found_at, found_below, is_folder, matching, opened, place_of
from kenali.bulk.shards import Files, Rows, Tar
from kenali.errors import KenaliError
from kenali.parallel import batches

_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_PARQUET = (".parquet", ".parq")

Listed = tuple[Files | Tar | Rows, str]
"""A shard, and what changes whenever the files that it names do."""


def shards_of(arguments: Iterable[str], size: int, listed: Iterable[str] = ()) -> Iterator[Listed]:
    """The shards of every photo that `arguments` name, in order: files in lists of `size`, whole TARs, and row groups of
    Parquet files as long as `size` rows hold them. `-` stands for the names in `listed`, one a line.

    Only one shard is held at a time. Raises KenaliError for a ZIP, and for Parquet files without photos.
    """
    for argument in arguments:
        if argument == "-":
            yield from _of(_lines(listed), "", size)
            continue
        place = place_of(argument)
        if is_folder(place):
            yield from _of(found_below(place), place, size)
        elif has_magic(argument) and not exists(place):
            yield from _of((found_at(match) for match in matching(place)), "", size)
        else:
            yield from _of([found_at(place)], "", size)


def _lines(listed: Iterable[str]) -> Iterator[Found]:
    return (found_at(place_of(line.rstrip("\r\n"))) for line in listed if line.strip())


def _of(found: Iterable[Found], root: str, size: int) -> Iterator[Listed]:
    """The shards of files: runs of single ones, and those that are shards themselves in their place."""
    files: list[Found] = []
    for file in found:
        name = file.path.lower()
        if file.problem is None and file.stamp and name.endswith((*_TARS, *_PARQUET)):
            yield from _files(files, root, size)
            files.clear()
            yield from [(Tar(file.path), file.stamp)] if name.endswith(_TARS) else _row_groups(file, size)
        elif name.endswith(".zip") and not root:
            raise KenaliError(f"{file.path}: a ZIP is not read in shards; unpack it, or pack the photos as .tar")
        else:
            files.append(file)
            if len(files) == size:
                yield from _files(files, root, size)
                files.clear()
    yield from _files(files, root, size)


def _files(found: list[Found], root: str, size: int) -> Iterator[Listed]:
    for some in batches(found, size):
        problems = {file.path: (file.problem.reason, file.problem.detail) for file in some if file.problem}
        here = root or next((str(PurePath(file.path).parent) for file in some if file.stamp and "://" not in file.path), "")
        yield Files(here, tuple(file.path for file in some), problems), "\n".join(file.stamp for file in some)


def _row_groups(found: Found, size: int) -> Iterator[Listed]:
    parquet = require_parquet()
    try:
        with opened(found.path) as raw, parquet.ParquetFile(raw) as file:
            photo_columns(file.schema_arrow, found.path)
            counts = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    except KenaliError:
        raise
    except Exception:  # pyarrow's own, or the storage's: told in the shard's row
        yield Rows(found.path, 0, 0, 0, None), found.stamp
        return
    first = row = rows = 0
    for number, count in enumerate(counts):
        if rows and rows + count > size:
            yield Rows(found.path, first, number, row, rows), found.stamp
            first, row, rows = number, row + rows, 0
        rows += count
    if rows:
        yield Rows(found.path, first, len(counts), row, rows), found.stamp
