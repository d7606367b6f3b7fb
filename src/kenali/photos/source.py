"""Where photos come from: a folder, a ZIP, or the files that a CSV lists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from kenali.errors import KenaliError
from kenali.photos.archive import ZipSource
from kenali.photos.folder import FolderSource
from kenali.photos.layout import Catalogue, Entry
from kenali.photos.listing import CsvSource
from kenali.types import PhotoSource

_ANY = "photos"


class Source(PhotoSource, Protocol):
    """A `PhotoSource` that knows which files it holds. Sources may be pickled and read from several threads at once."""

    def catalogue(self) -> Catalogue:
        """Every file found, in path order; KenaliError when the source as a whole cannot be used."""
        ...


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """The photos of a source without regard to the folders that they lie in: all of the class `photos`."""

    source: Source

    def catalogue(self) -> Catalogue:
        found = self.source.catalogue()
        return Catalogue(tuple(_unlabelled(entry) for entry in found.entries), (_ANY,))

    def read(self, path: str) -> bytes:
        return self.source.read(path)


def _unlabelled(entry: Entry) -> Entry:
    problem = None if entry.problem and entry.problem.reason == "outside-class" else entry.problem
    return replace(entry, class_name=_ANY, part=None, problem=problem)


def open_source(path: Path | str) -> Source:
    """The source at `path`: a folder with one folder a class, a ZIP of one, or a CSV with the columns path and label.

    Raises KenaliError where `path` is none of these.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return FolderSource(path)
        exists = path.is_file()
    except OSError as error:
        raise KenaliError(f"{path} cannot be opened ({error.strerror or error}); check the name and its rights") from None
    if not exists:
        raise KenaliError(f"there is no folder or file at {path}; give a folder with one folder of photos a class")
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return ZipSource(path)
    if suffix in (".csv", ".tsv"):
        return CsvSource(path)
    raise KenaliError(
        f"{path} is a single file, expected a folder with one folder of photos a class, "
        "a .zip of one, or a .csv with the columns path and label"
    )
