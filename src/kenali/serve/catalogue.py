"""The bundles that clients sent: kept in the state folder, one small file a name, so that workers never write over each other.

A bundle sent under a name that the command line gives too is served instead of that one, also after a restart, until it is
removed. A name removed that the command line gives is gone for this run alone.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from pathlib import Path

from kenali.bundle.store import bundle_id, open_bundle
from kenali.bundle.zipped import unpack
from kenali.errors import BundleError
from kenali.files import write_atomically
from kenali.serve.model import prove

_ABANDONED_S = 3600.0  # a bundle that was being unpacked when its worker was killed


class Catalogue:
    """The folders `models` and `bundles` of a state folder. `run` names the present run."""

    def __init__(self, state: Path, run: str) -> None:
        self._models = state / "models"
        self._bundles = state / "bundles"
        self._run = run

    def wanted(self, given: dict[str, Path]) -> dict[str, Path]:
        """Where the bundle of each name lies: what the command line has `given`, as changed by clients since."""
        wanted = dict(given)
        for file in sorted(self._models.glob("*.json")):
            try:
                entry = json.loads(file.read_text(encoding="utf-8"))
                name = str(entry["name"])
                if "bundle" in entry:
                    wanted[name] = self._bundles / name / str(entry["bundle"])
                elif entry.get("removed_in") == self._run:
                    wanted.pop(name, None)
            except (OSError, ValueError, KeyError, TypeError):  # replaced or removed as it was read: seen a second later
                continue
        return wanted

    def add(self, name: str, zip_file: Path) -> str:
        """Check and keep the bundle in a ZIP under `name`; returns its id. Raises BundleError when it is broken."""
        home = self._bundles / name
        home.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".", suffix=".partial", dir=home))
        try:
            folder = unpack(zip_file, partial / "bundle")
            open_bundle(folder)
            prove(folder)
            identity = bundle_id(folder)
            if not (home / identity).is_dir():
                folder.rename(home / identity)
        except BundleError as error:  # its sentence goes to the client, without paths of the server's
            raise BundleError(str(error).replace(str(zip_file), "the file").replace(str(partial / "bundle"), name)) from None
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        self._note(name, {"name": name, "bundle": identity})
        return identity

    def remove(self, name: str, given: bool) -> None:
        """Serve `name` no more; `given` where the command line names it."""
        if given:
            self._note(name, {"name": name, "removed_in": self._run})
        else:
            (self._models / f"{name}.json").unlink(missing_ok=True)

    def clear(self, name: str) -> None:
        """Delete the versions of `name` that the catalogue lists no more."""
        listed = self.wanted({}).get(name)
        with contextlib.suppress(OSError):
            for folder in (self._bundles / name).iterdir():
                if folder != listed and (
                    not folder.name.startswith(".") or time.time() - folder.stat().st_mtime > _ABANDONED_S
                ):
                    shutil.rmtree(folder, ignore_errors=True)
            if listed is None:
                (self._bundles / name).rmdir()

    def _note(self, name: str, entry: dict[str, str]) -> None:
        write_atomically(self._models / f"{name}.json", json.dumps(entry) + "\n")
