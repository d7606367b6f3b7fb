"""The photos that a user names on the command line: files, folders, patterns, ZIPs, or a list on standard input."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from kenali.errors import PhotoError
from kenali.images import decode
from kenali.photos.archive import ZipSource
from kenali.photos.folder import FolderSource, file_problem
from kenali.photos.layout import Catalogue, Problem

_SKIPPED_IN_FOLDERS = ("not-an-image", "hidden-folder", "folder-link")


@dataclass(frozen=True, slots=True)
class PhotoInput:
    """One photo to predict: the path to show, and a function that reads its bytes (PhotoError or OSError if it cannot)."""

    path: str
    read: Callable[[], bytes]


def image_of(photo: PhotoInput, *, min_side: int | None = None) -> Image.Image | PhotoError:
    """The photo upright and in RGB, or why it cannot be had; `min_side` as for `decode`."""
    try:
        return decode(photo.read(), min_side=min_side).image
    except PhotoError as error:
        return error
    except OSError as error:
        return PhotoError("unreadable", f"it cannot be read ({error.strerror or error})")
    except MemoryError:
        return PhotoError("out-of-memory", "there is not enough memory to decode it")


def photo_inputs(arguments: Iterable[str], listed: Iterable[str] = ()) -> Iterator[PhotoInput]:
    """Every photo that `arguments` name, in order; `-` stands for the paths in `listed`, one a line.

    Folders are searched at any depth without following folder links; a `.zip` is read in place; a pattern such as
    `*.jpg` that the shell left alone is expanded. A name that leads nowhere is yielded too, and fails when read.
    """
    for argument in arguments:
        if argument == "-":
            yield from photo_inputs(line.rstrip("\r\n") for line in listed if line.strip())
            continue
        path = Path(argument)
        if path.is_dir():
            yield from _within(path, FolderSource(path).catalogue(), FolderSource(path).read)
        elif path.suffix.lower() == ".zip" and path.is_file():
            archive = ZipSource(path)
            yield from _within(path, archive.catalogue(), archive.read)
        elif not path.exists() and glob.has_magic(argument):
            matches = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 - the pattern may be absolute
            yield from photo_inputs(matches) if matches else [PhotoInput(argument, partial(read_file, path))]
        else:
            yield PhotoInput(argument, partial(read_file, path))


def read_file(path: Path) -> bytes:
    """The bytes of a photo's file. Raises PhotoError where it must not be read, OSError where it cannot be."""
    problem = file_problem(path)
    if problem is not None:
        raise PhotoError(problem.reason, problem.detail)
    return path.read_bytes()


def _within(base: Path, catalogue: Catalogue, read: Callable[[str], bytes]) -> Iterator[PhotoInput]:
    """The photos of a folder or ZIP; classes do not matter here, so a file outside any class folder counts as well."""
    for entry in catalogue.entries:
        problem = entry.problem if entry.problem and entry.problem.reason != "outside-class" else None
        if problem is None:
            yield PhotoInput(str(base / entry.path), partial(read, entry.path))
        elif problem.reason not in _SKIPPED_IN_FOLDERS:
            yield refused(str(base / entry.path), problem)


def refused(path: str, problem: Problem) -> PhotoInput:
    """A photo that cannot be had."""
    return PhotoInput(path, partial(_refuse, problem))


def _refuse(problem: Problem) -> bytes:
    raise PhotoError(problem.reason, problem.detail)
