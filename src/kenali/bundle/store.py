"""Bundles on disk: written whole or not at all, opened only when every checksum holds."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from kenali.bundle.manifest import FORMAT, MANIFEST_NAME, FileRecord, Manifest
from kenali.bundle.zipped import unpack
from kenali.errors import BundleError
from kenali.files import folder_atomically, sha256_of, write_atomically


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that passed its checksums."""

    path: Path
    manifest: Manifest

    @property
    def model(self) -> Path:
        return self.path / "model.onnx"


def open_bundle(path: Path) -> Bundle:
    """Read the manifest and check every file against it. Raises BundleError with the first thing that is wrong.

    A `.zip` is unpacked for as long as the process lives: `Bundle.path` is then that folder.
    """
    if path.suffix.lower() == ".zip" and path.is_file():
        path = unpack(path)
    manifest = read_manifest(path)
    for name, record in manifest.files.items():
        file = path / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise BundleError(f"the bundle {path} lists {name!r}, which lies outside it")
        if not file.is_file():
            raise BundleError(f"the bundle {path} lacks {name}; copy the whole folder again")
        if sha256_of(file) != record.sha256:
            raise BundleError(f"{name} in the bundle {path} is not the file that was saved (its checksum differs)")
    if "model.onnx" not in manifest.files:
        raise BundleError(f"the bundle {path} lists no model.onnx")
    return Bundle(path, manifest)


def bundle_id(folder: Path) -> str:
    """What tells one version of a bundle from another: 12 hexadecimal digits of its manifest's SHA-256."""
    return sha256_of(folder / MANIFEST_NAME)[:12]


def read_manifest(path: Path) -> Manifest:
    """The manifest of the bundle in the folder `path`; its files are not looked at. Raises BundleError."""
    file = path / MANIFEST_NAME
    if not path.exists():
        raise BundleError(f"there is no bundle at {path}")
    if not file.is_file():
        raise BundleError(f"{path} is no bundle: it has no {MANIFEST_NAME}")
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{file} cannot be read ({error})") from None
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise BundleError(f"{path} has bundle format {found!r}; this version reads format {FORMAT}: upgrade kenali")
    try:
        return Manifest.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BundleError(f"{file} is damaged: {where}: {first['msg']}") from None


@contextlib.contextmanager
def writable_bundle(path: Path) -> Iterator[Path]:
    """A folder to fill and `seal`, which becomes the bundle at `path` when the block ends well.

    An earlier bundle at `path` is replaced; anything else there is left alone and raises BundleError at once.
    """
    if path.exists() and not (path / MANIFEST_NAME).is_file() and not (path.is_dir() and not any(path.iterdir())):
        raise BundleError(f"{path} exists and is no Kenali bundle: choose another name, nothing was changed")
    with folder_atomically(path) as folder:
        yield folder


def seal(folder: Path, manifest: Manifest) -> Manifest:
    """Write `kenali.json` with the checksum of every file in `folder`; the last step before a bundle is whole."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    records = {
        path.relative_to(folder).as_posix(): FileRecord(sha256=sha256_of(path), size=path.stat().st_size) for path in files
    }
    sealed = manifest.model_copy(update={"files": records})
    text = json.dumps(sealed.model_dump(mode="json"), indent=1, ensure_ascii=False)
    write_atomically(folder / MANIFEST_NAME, text + "\n")
    return sealed
