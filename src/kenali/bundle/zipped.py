"""Bundles that arrive as a ZIP, as the page saves them: unpacked with care into a folder that goes with the process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from kenali.bundle.manifest import MANIFEST_NAME
from kenali.errors import BundleError

_MOST_MEMBERS = 200
_MOST_BYTES = 2 * 1024**3
_ENCRYPTED = 0x1
_PIECE = 1024 * 1024


def unpack(file: Path, folder: Path | None = None) -> Path:
    """The folder with the files of the bundle in a ZIP: `folder`, or else a temporary one, removed when the process ends.

    The bundle lies at the ZIP's root or in its one folder. Raises BundleError, before anything is written, for a ZIP that
    holds no bundle, names outside it, too many files or too many bytes.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = _members(file, archive)
            if folder is None:
                folder = Path(tempfile.mkdtemp(prefix="kenali-bundle-"))
                atexit.register(shutil.rmtree, folder, ignore_errors=True)
            left = _MOST_BYTES
            for path, member in members.items():
                left -= _write(archive, member, folder / path, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise BundleError(f"{file} is no readable ZIP of a bundle ({error})") from None
    return folder


def _members(file: Path, archive: zipfile.ZipFile) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """The bundle's files by their paths within it."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _MOST_BYTES:
        raise BundleError(f"{file} holds more files or bytes than a bundle has; nothing was unpacked")
    found = {PurePosixPath(member.filename): member for member in members}
    for path, member in found.items():
        if path.is_absolute() or ".." in path.parts or any(mark in member.filename for mark in ":\\"):
            raise BundleError(f"{file} holds {member.filename!r}, which points outside it; nothing was unpacked")
        if member.flag_bits & _ENCRYPTED:
            raise BundleError(f"{file} is encrypted; pack the bundle again without a password")
    roots = [path.parent for path in found if path.name == MANIFEST_NAME and len(path.parts) <= 2]
    if len(roots) != 1:
        raise BundleError(f"{file} is no bundle: it has no {MANIFEST_NAME}" if not roots else f"{file} holds several bundles")
    return {path.relative_to(roots[0]): member for path, member in found.items() if path.is_relative_to(roots[0])}


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, most: int) -> int:
    """Unpack one file, whatever its header claims to at most `most` bytes; returns its size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(member) as packed, path.open("wb") as plain:
        while piece := packed.read(_PIECE):
            size += len(piece)
            if size > most:
                raise BundleError(f"{archive.filename} unpacks to more bytes than a bundle has")
            plain.write(piece)
    return size
