"""Where photos and outputs lie: this machine's files, or whatever storage fsspec reaches by an address such as s3://bucket/x."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

from kenali.errors import KenaliError, MissingExtra, PhotoError
from kenali.files import write_atomically
from kenali.images import MAX_BYTES
from kenali.inputs import read_file
from kenali.photos.folder import printable, unreadable
from kenali.photos.layout import Problem, is_system_file, is_system_folder

_NO_UNICODE = "the file name is not valid Unicode; rename the file"
_PACKAGES = {
    "abfs": "adlfs",
    "az": "adlfs",
    "gcs": "gcsfs",
    "gs": "gcsfs",
    "hf": "huggingface_hub",
    "http": "aiohttp",
    "https": "aiohttp",
    "s3": "s3fs",
    "sftp": "paramiko",
    "ssh": "paramiko",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One file that a listing found; `stamp` changes with its contents. With a `problem` it must not be read."""

    path: str
    stamp: str = ""
    problem: Problem | None = None


def place_of(argument: str) -> str:
    """A path of this machine, absolute, for a path or `file://` address; any other address as it is."""
    if not is_address(argument):
        return os.path.abspath(argument)  # noqa: PTH100 (links stay as they are written)
    return url2pathname(urlsplit(argument).path) if argument.startswith("file://") else argument.rstrip("/")


def is_address(place: str) -> bool:
    """Whether fsspec reads it."""
    return "://" in place


def exists(place: str) -> bool:
    return bool(_storage(place).exists(_key(place))) if is_address(place) else Path(place).exists()


def is_folder(place: str) -> bool:
    return bool(_storage(place).isdir(_key(place))) if is_address(place) else Path(place).is_dir()


def matching(pattern: str) -> list[str]:
    """The places that a pattern such as `shards/*.tar` matches, sorted."""
    if is_address(pattern):
        storage = _storage(pattern)
        return sorted(storage.unstrip_protocol(key) for key in storage.glob(_key(pattern)))
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - the pattern may be absolute


def found_at(place: str) -> Found:
    """One file, whether it exists or not; a missing one fails when it is read."""
    if is_address(place):
        return Found(place, _stamp(_storage(place).info(_key(place))) if exists(place) else "")
    if printable(place) != place:
        return Found(printable(place), problem=Problem("unreadable-name", _NO_UNICODE))
    try:
        status = Path(place).stat()
    except (OSError, ValueError):
        return Found(place)
    return Found(place, f"{status.st_size} {status.st_mtime_ns}")


def found_below(folder: str) -> Iterator[Found]:
    """Every file below a folder at any depth, folder by folder in the order of names; hidden folders, links to folders
    and what operating systems keep for themselves are passed over. Memory holds one folder's names at a time.
    """
    yield from _below_address(folder) if is_address(folder) else _below_path(folder)


def _below_path(folder: str) -> Iterator[Found]:
    try:
        with os.scandir(folder) as scanned:
            children = sorted(scanned, key=lambda child: child.name)
    except OSError as error:
        yield Found(printable(folder), problem=unreadable(error))
        return
    for child in children:
        if printable(child.path) == child.path and Path(child.path).is_dir():  # False where the system cannot tell
            if not child.is_symlink() and not is_system_folder(child.name):
                yield from _below_path(child.path)
        elif not is_system_file(child.name):
            yield found_at(child.path)


def _below_address(folder: str) -> Iterator[Found]:
    storage = _storage(folder)
    for info in sorted(storage.ls(_key(folder), detail=True), key=lambda info: str(info["name"])):
        name, place = info["name"].rstrip("/").rpartition("/")[2], storage.unstrip_protocol(info["name"].rstrip("/"))
        if place == folder:
            continue  # object storage may list a folder in itself
        if info["type"] == "directory":
            if not is_system_folder(name):
                yield from _below_address(place)
        elif not is_system_file(name):
            yield Found(place, _stamp(info))


def _stamp(info: dict[str, Any]) -> str:
    changed = next((info[name] for name in ("ETag", "etag", "md5Hash", "mtime", "LastModified", "created") if name in info), "")
    return f"{info.get('size')} {changed}"


def read_photo(place: str) -> bytes:
    """The bytes of a photo. Raises PhotoError where it must not be read, OSError where it cannot be."""
    if not is_address(place):
        return read_file(Path(place))
    storage, key = _storage(place), _key(place)
    try:
        size = storage.info(key).get("size")
        if size is not None and size > MAX_BYTES:
            raise PhotoError("too-large", f"{size:,} bytes are more than the {MAX_BYTES:,} that are read")
        return bytes(storage.cat_file(key))
    except FileNotFoundError:
        raise PhotoError("missing", "there is no file of this name; check how it is written") from None
    except (PhotoError, OSError):
        raise
    except Exception as error:  # each storage raises classes of its own
        raise OSError(str(error)) from error


def opened(place: str) -> AbstractContextManager[BinaryIO]:
    """A file to read from, which can seek."""
    if is_address(place):
        return cast(AbstractContextManager[BinaryIO], _storage(place).open(_key(place), "rb"))
    return Path(place).open("rb")


def require_visible(place: str, where: str) -> None:
    """Raise KenaliError where this machine does not see what another one found at `place`."""
    if not is_address(place) and not Path(place).exists():
        raise KenaliError(
            f"{where} does not see {place}: share that folder with every node, at the same path, "
            "or use object storage (s3://...)"
        )


class Folder:
    """A folder that outputs are written to, file by file; each appears whole or not at all."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._address = is_address(place)

    def path(self, name: str) -> str:
        return f"{self.place}/{name}" if self._address else str(Path(self.place, name))

    def names(self) -> Iterator[str]:
        """The names of the files in it; none where there is no such folder."""
        if self._address:
            storage = _storage(self.place)
            if storage.isdir(_key(self.place)):
                yield from (info["name"].rpartition("/")[2] for info in storage.ls(_key(self.place), detail=True))
        elif Path(self.place).is_dir():
            with os.scandir(self.place) as scanned:
                yield from (child.name for child in scanned)

    def read(self, name: str) -> bytes:
        with opened(self.path(name)) as file:
            return file.read()

    def read_range(self, name: str, start: int, stop: int) -> bytes:
        """The bytes `start` to `stop` of a file. Safe to call from several threads."""
        if self._address:
            return bytes(_storage(self.place).cat_file(_key(self.path(name)), start=start, end=stop))
        with opened(self.path(name)) as file:
            file.seek(start)
            return file.read(stop - start)

    def write(self, name: str, data: bytes) -> None:
        if self._address:
            _storage(self.place).pipe_file(_key(self.path(name)), data)
        else:
            write_atomically(Path(self.path(name)), data)

    def remove(self, name: str) -> None:
        if self._address:
            if exists(self.path(name)):
                _storage(self.place).rm_file(_key(self.path(name)))
        else:
            Path(self.path(name)).unlink(missing_ok=True)

    def begin(self) -> None:
        if self._address:
            _storage(self.place).makedirs(_key(self.place), exist_ok=True)
        else:
            Path(self.place).mkdir(parents=True, exist_ok=True)

    def put(self, name: str, file: Path) -> None:
        """Move a finished file of this machine into the folder."""
        if self._address:
            _storage(self.place).put_file(str(file), _key(self.path(name)))
            file.unlink()
        else:
            file.replace(self.path(name))


def _storage(place: str) -> Any:
    """The fsspec file system of an address; fsspec keeps one a protocol."""
    protocol = place.partition("://")[0]
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtra(f"reading {protocol}://", "scale", error) from None
    try:
        return fsspec.filesystem(protocol, use_listings_cache=False)
    except ImportError as error:
        package = _PACKAGES.get(protocol)
        how = f": run  pip install {package}" if package else f" ({error})"
        raise KenaliError(f"reading {protocol}:// needs one more package{how}") from None
    except ValueError:
        raise KenaliError(f"{place}: nothing that is installed reads {protocol}:// addresses") from None


def _key(place: str) -> str:
    """What the storage itself calls it."""
    key: str = _storage(place)._strip_protocol(place)
    return key
