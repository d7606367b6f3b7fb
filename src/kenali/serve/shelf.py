"""The bundles of one run, each version kept in a folder of its own that never changes while it is served.

What the operator replaces on disk is copied here, checked and proved, before a worker serves it. So a half-written bundle is
never served, every worker serves the same bytes, and a worker that starts anew finds the last good version even where the
operator's folder is broken by then.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from kenali.bundle.manifest import MANIFEST_NAME
from kenali.bundle.store import bundle_id, open_bundle, read_manifest
from kenali.bundle.zipped import unpack
from kenali.files import write_atomically
from kenali.serve.model import prove

_NEW_S = 60.0

Signature = tuple[tuple[str, int, int, int], ...]


def signature(path: Path) -> Signature:
    """What changes when a bundle on disk does: path, time, size and number of each of its files; empty where nothing stands."""
    found = []
    pending = [str(path)]
    while pending:
        at = pending.pop()
        with contextlib.suppress(OSError):
            status = os.stat(at)  # noqa: PTH116 - asked of every file every second
            if Path(at).is_dir():
                pending += [entry.path for entry in os.scandir(at)]
            else:
                found.append((at, status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(sorted(found))


class Shelf:
    """The folder `bundles` of a run. Several processes may use it at once."""

    def __init__(self, run: Path) -> None:
        self._bundles = run / "bundles"
        self._good = run / "good"

    def put(self, path: Path) -> Path:
        """Copy the bundle at `path`, folder or ZIP, and prove the copy; where this version is here already, nothing is copied.

        Returns the copy's folder. Raises BundleError when the bundle is broken, OSError when it cannot be copied.
        """
        if not path.is_file():
            open_bundle(path)  # so that the sentences of its errors name the operator's own folder
            if (known := self._bundles / bundle_id(path)).is_dir():
                return known
        self._bundles.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".", suffix=".partial", dir=self._bundles))
        try:
            copy = partial / "bundle"
            if path.is_file():
                unpack(path, copy)
            else:
                _copy(path, copy)
            prove(copy)
            place = self._bundles / bundle_id(copy)
            with contextlib.suppress(OSError):  # another worker was first
                copy.rename(place)
            return place
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def remember(self, name: str, folder: Path) -> None:
        """Note that `folder` is the version of the model `name` that serves."""
        write_atomically(self._good / f"{name}.json", json.dumps(folder.name))

    def remembered(self, name: str) -> Path | None:
        """The version of the model `name` that served last in this run."""
        version = _read(self._good / f"{name}.json")
        folder = self._bundles / version if version else None
        return folder if folder and folder.is_dir() else None

    def forget(self, name: str) -> None:
        (self._good / f"{name}.json").unlink(missing_ok=True)

    def clear(self, served: set[str]) -> None:
        """Remove the versions that no worker serves, unless they are new: one may be about to."""
        kept = served | {str(name) for file in self._good.glob("*.json") if (name := _read(file))}
        with contextlib.suppress(OSError):
            for folder in self._bundles.iterdir():
                if folder.name not in kept and time.time() - folder.stat().st_mtime > _NEW_S:
                    shutil.rmtree(folder, ignore_errors=True)


def _read(file: Path) -> str | None:
    try:
        return str(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _copy(path: Path, folder: Path) -> None:
    """The manifest and the files that it lists, and no others."""
    folder.mkdir()
    shutil.copyfile(path / MANIFEST_NAME, folder / MANIFEST_NAME)
    for name in read_manifest(folder).files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path / name, folder / name)
