"""Photos in a ZIP, read in place: nothing is extracted to disk."""

from __future__ import annotations

import threading
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from kenali.errors import KenaliError
from kenali.images import MAX_BYTES
from kenali.photos.layout import Catalogue, Entry, Problem, arrange

MAX_RATIO = 250
"""Members that claim to unpack to more than this many times their size are bombs: photos hardly shrink at all, and a
drawing kept as BMP stays well below."""

_RATIO_MATTERS_FROM = 1024 * 1024
_ENCRYPTED = 0x1


class ZipSource:
    """The members of the ZIP at `file`, by their names with `/` between folders. Several threads may read at once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._opening = threading.Lock()
        self._opened: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}

    def __reduce__(self) -> tuple[type[ZipSource], tuple[Path]]:
        return ZipSource, (self.file,)

    def catalogue(self) -> Catalogue:
        """Every member; KenaliError when the file is no readable ZIP."""
        entries: list[Entry] = []
        folders: list[str] = []
        for member in self._archive().infolist():
            path = _path(member)
            if path.endswith("/"):
                folders.append(path.rstrip("/"))
            elif self._members[path] is not member:
                entries.append(Entry(path, problem=Problem("repeated", "the ZIP holds an earlier file of the same name")))
            else:
                entries.append(Entry(path, problem=_problem(member)))
        return arrange(sorted(entries, key=lambda entry: entry.path), folders)

    def read(self, path: str) -> bytes:
        """The bytes of the member at `path`; OSError when it is damaged or missing."""
        try:
            archive = self._archive()
            with archive.open(self._members[path]) as member:
                return member.read(MAX_BYTES)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, KeyError) as error:
            raise OSError(f"damaged in the ZIP: {error}") from error

    def _archive(self) -> zipfile.ZipFile:
        with self._opening:
            if self._opened is None:
                try:
                    self._opened = zipfile.ZipFile(self.file)
                except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
                    raise KenaliError(f"{self.file} is no readable ZIP ({error}); pack the photos again") from None
                for member in self._opened.infolist():
                    self._members.setdefault(_path(member), member)
            return self._opened


def _path(member: zipfile.ZipInfo) -> str:
    """The member's name with `/` between folders, as some Windows programs do not write it, and without a leading `./`."""
    return member.filename.replace("\\", "/").removeprefix("./")


def _problem(member: zipfile.ZipInfo) -> Problem | None:
    """Why a member must not be unpacked, judged by its header, or None."""
    path = PurePosixPath(_path(member))
    if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
        return Problem("unsafe-name", "the name points outside the ZIP")
    if member.flag_bits & _ENCRYPTED:
        return Problem("encrypted", "the member is encrypted; pack it again without a password")
    if member.file_size > MAX_BYTES:
        return Problem("too-large", f"{member.file_size:,} bytes are more than the {MAX_BYTES:,} that are read")
    if member.file_size > _RATIO_MATTERS_FROM and member.file_size > MAX_RATIO * max(1, member.compress_size):
        return Problem("zip-bomb", f"it claims to unpack to {member.file_size // max(1, member.compress_size)} times its size")
    return None
