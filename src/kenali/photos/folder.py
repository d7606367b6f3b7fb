"""Photos in a folder on disk, found without following a folder link and without opening anything but regular files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kenali.images import MAX_BYTES
from kenali.photos.layout import Catalogue, Entry, Problem, arrange


@dataclass(frozen=True, slots=True)
class FolderSource:
    """The files below `root`; paths are relative to it, POSIX style, spelled as on disk."""

    root: Path

    def catalogue(self) -> Catalogue:
        """Every file below `root`; a folder link or an unreadable folder counts as one file with a problem."""
        folders: list[str] = []
        found = sorted(self._walk(folders), key=lambda entry: entry.path)
        return arrange(found, folders)

    def read(self, path: str) -> bytes:
        """The bytes of the file at `path`; OSError when it cannot be read."""
        return self.locate(path).read_bytes()

    def locate(self, path: str) -> Path:
        """Where the file of the photo at `path` lies."""
        return self.root / path

    def _walk(self, folders: list[str]) -> Iterator[Entry]:
        """Yield the files; note the path of each folder in `folders`."""
        pending = [""]
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(self.root / folder) as scanned:
                    children = list(scanned)
            except OSError as error:
                yield Entry(printable(folder or "."), problem=unreadable(error))
                continue
            for child in children:
                path = f"{folder}/{child.name}" if folder else child.name
                shown = printable(path)
                if shown != path:
                    problem = Problem("unreadable-name", "the file name is not valid Unicode; rename the file")
                    yield Entry(shown, problem=problem)
                elif child.is_symlink() and Path(child.path).is_dir():
                    yield Entry(path, problem=Problem("folder-link", "links to folders are not followed"))
                elif child.is_dir(follow_symlinks=False):
                    folders.append(path)
                    pending.append(path)
                else:
                    yield Entry(path, problem=file_problem(Path(child.path)))


def file_problem(path: Path) -> Problem | None:
    """Why the file at `path` must not be read, judged without opening it, or None."""
    try:
        status = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            return Problem("broken-link", "the link points to a file that does not exist")
        return Problem("missing", "there is no file of this name; check how it is written")
    except (OSError, ValueError) as error:
        return unreadable(error)
    if not stat.S_ISREG(status.st_mode):
        return Problem("not-a-file", "a pipe, socket, device or folder stands where a photo was expected")
    if status.st_size > MAX_BYTES:
        return Problem("too-large", f"{status.st_size:,} bytes are more than the {MAX_BYTES:,} that are read")
    return None


def unreadable(error: Exception) -> Problem:
    """The problem of a file or folder that the operating system does not let us read."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    return Problem("unreadable", f"it cannot be read ({reason})")


def printable(path: str) -> str:
    """`path` itself where it is valid Unicode; else with the stray bytes spelled as \\xNN, so that it can be shown."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return path.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return path
