"""Shards: the units in which many photos are predicted, written and, after a loss, tried again."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Protocol

from kenali.bulk.columns import PhotoColumns, photo_columns, require_parquet
from kenali.bulk.places import opened, read_photo, require_visible
from kenali.images import MAX_BYTES
from kenali.inputs import PhotoInput, refused
from kenali.photos.folder import printable
from kenali.photos.layout import PHOTO_SUFFIXES, Problem, is_system_file


class Shard(Protocol):
    """Some hundred photos that one worker predicts at a stretch; `count` of them, None where only reading tells."""

    @property
    def count(self) -> int | None: ...

    def require_visible(self, where: str) -> None:
        """Raise KenaliError where the machine called `where` does not see the shard's photos."""
        ...

    def photos(self) -> Iterator[PhotoInput]:
        """Every photo, in order; what is damaged is a photo that fails when it is read, so that this never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Files:
    """Files one by one, found below `root`. `problems` are those of files that must not be read, by their path."""

    root: str
    paths: tuple[str, ...]
    problems: dict[str, tuple[str, str]]

    @property
    def count(self) -> int:
        return len(self.paths)

    def require_visible(self, where: str) -> None:
        require_visible(self.root, where)

    def photos(self) -> Iterator[PhotoInput]:
        for path in self.paths:
            problem = self.problems.get(path)
            yield refused(path, Problem(*problem)) if problem else PhotoInput(path, partial(read_photo, path))


@dataclass(frozen=True, slots=True)
class Tar:
    """The photos of a TAR in their order, as WebDataset writes them: members with a photo's suffix; others go with them."""

    path: str

    @property
    def count(self) -> None:
        return None

    def require_visible(self, where: str) -> None:
        require_visible(self.path, where)

    def photos(self) -> Iterator[PhotoInput]:
        try:
            with opened(self.path) as raw, tarfile.open(fileobj=raw, mode="r|*", tarinfo=_Whole) as archive:
                for member in archive:
                    name = member.name.rpartition("/")[2]
                    if name.lower().endswith(PHOTO_SUFFIXES) and not is_system_file(name):
                        yield _member(archive, member, f"{self.path}/{printable(member.name)}")
        except Exception as error:  # of tarfile, of what unpacks it, of the storage
            yield refused(self.path, _damaged("TAR", error))


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> PhotoInput:
    if member.size > MAX_BYTES:
        return refused(path, Problem("too-large", f"{member.size:,} bytes are more than the {MAX_BYTES:,} that are read"))
    file = archive.extractfile(member) if member.isfile() else None
    if file is None:
        return refused(path, Problem("not-a-file", "a link, pipe or device stands where a photo was expected"))
    return PhotoInput(path, partial(bytes, file.read()))


class _Whole(tarfile.TarInfo):
    """Says so where a TAR breaks off, which tarfile takes for its end."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> _Whole:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # the blocks of zeros that end every TAR
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error) or "it ends before its end mark") from None


@dataclass(frozen=True, slots=True)
class Rows:
    """The row groups `first` to `stop` of a Parquet file, `count` rows, the first of them row `row`; see `photo_columns`."""

    path: str
    first: int
    stop: int
    row: int
    count: int | None

    def require_visible(self, where: str) -> None:
        require_visible(self.path, where)

    def photos(self) -> Iterator[PhotoInput]:
        parquet = require_parquet()
        done = 0
        try:
            with opened(self.path) as raw, parquet.ParquetFile(raw) as file:
                columns = photo_columns(file.schema_arrow, self.path)
                groups = list(range(self.first, self.stop))
                for batch in file.iter_batches(_ROWS_AT_ONCE, row_groups=groups, columns=list(columns.read), use_threads=False):
                    for row in batch.to_pylist():
                        yield _row(row, columns, self.path, self.row + done)
                        done += 1
        except Exception as error:  # pyarrow's own, or the storage's
            problem = _damaged("Parquet file", error)
            missing = range(done, self.count) if self.count is not None else (None,)
            for number in missing:
                yield refused(self.path if number is None else f"{self.path}#{self.row + number}", problem)


_ROWS_AT_ONCE = 16


def _row(row: dict[str, Any], columns: PhotoColumns, path: str, number: int) -> PhotoInput:
    data, name = columns.of(row)
    shown = name or f"{path}#{number}"
    if data is not None:
        if len(data) > MAX_BYTES:
            return refused(shown, Problem("too-large", f"{len(data):,} bytes are more than the {MAX_BYTES:,} that are read"))
        return PhotoInput(shown, partial(bytes, data))
    if name is None:
        return refused(shown, Problem("no-path", "the row holds neither bytes nor a path"))
    return PhotoInput(shown, partial(read_photo, columns.place(name, path)))


def _damaged(what: str, error: Exception) -> Problem:
    first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return Problem("damaged-shard", f"the {what} cannot be read from here on ({first.strip()})")


_KINDS: dict[str, type[Files] | type[Tar] | type[Rows]] = {"files": Files, "tar": Tar, "rows": Rows}


def as_line(shard: Files | Tar | Rows) -> bytes:
    """The shard as one line of JSON."""
    kind = next(name for name, made in _KINDS.items() if isinstance(shard, made))
    return json.dumps({"kind": kind} | asdict(shard), ensure_ascii=False).encode() + b"\n"


def of_line(line: bytes) -> Files | Tar | Rows:
    """The shard that `as_line` wrote."""
    document = json.loads(line)
    made = _KINDS[document.pop("kind")]
    if made is Files:
        document["paths"] = tuple(document["paths"])
        document["problems"] = {path: tuple(problem) for path, problem in document["problems"].items()}
    return made(**document)
