"""The page of each served model: made once for each version, in the background, when somebody first asks for it.

Until then, and where it cannot be made, the page that stands in its place has the server look at the photos.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal

from kenali.export.web import PAGE, marked
from kenali.serve.settings import Settings

PAGES = "pages"
"""Folder in the server's state: the pages, by their bundle's id."""

State = Literal["made", "making", "failed"]
_TIMEOUT_S = 600.0
_POLL_S = 0.2
_KEPT = 8
_LOG = logging.getLogger("kenali.serve")


class Pages:
    """One a worker, of its event loop. The pages are files that all workers share; any of them may be making one."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.state / PAGES
        self._keeps = settings.keep is not None
        self._page_digest = _digest_of_page()
        self._making: dict[str, asyncio.Task[None]] = {}
        self._failed: set[str] = set()

    async def close(self) -> None:
        """Stop what is being made."""
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)

    def state(self, bundle_id: str) -> State:
        """Whether the page of a version is there, on its way, or cannot be had."""
        if (self._place(bundle_id) / "index.html").is_file():
            return "made"
        return "failed" if bundle_id in self._failed or not self._page_digest else "making"

    def begin(self, bundle_id: str, bundle: Path) -> None:
        """Have the page made, if it is not there or on its way; `bundle` is the folder of that version."""
        if self.state(bundle_id) == "making" and bundle_id not in self._making:
            self._making[bundle_id] = asyncio.create_task(self._make(bundle_id, bundle))

    def file(self, bundle_id: str, name: str) -> Path | None:
        """The file `name` (a path with slashes) of a version's page, None where there is no such file.

        Until the page is made only those files are given that its stand-in needs.
        """
        base = self._place(bundle_id) if self.state(bundle_id) == "made" else PAGE
        if base == PAGE and name == "sw.js":
            return None
        return listed(base).get(name)

    def stand_in(self, bundle_id: str) -> str:
        """`index.html` of a page whose photos the server looks at."""
        words = ["server", *(["making"] if self.state(bundle_id) == "making" else []), *self._told()]
        return marked((PAGE / "index.html").read_text(encoding="utf-8"), " ".join(words))

    def _told(self) -> list[str]:
        return ["keeps"] if self._keeps else []

    def _place(self, bundle_id: str) -> Path:
        """Another page, of another version of Kenali or with other words from the server, lies elsewhere."""
        mark = "-".join([self._page_digest, *self._told()])
        return self._folder / f"{bundle_id}-{mark}"

    async def _make(self, bundle_id: str, bundle: Path) -> None:
        place = self._place(bundle_id)
        lock = place.with_name(f"{place.name}.lock")
        try:
            while not _locked(lock):
                await asyncio.sleep(0.5)  # another worker is making it
                if self.state(bundle_id) == "made":
                    return
            try:
                await self._run(bundle, place)
            finally:
                lock.unlink(missing_ok=True)
            _prune(self._folder)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._failed.add(bundle_id)
            _LOG.warning("the page of the bundle %s cannot be made, so the server looks at its photos: %s", bundle_id, error)
        finally:
            self._making.pop(bundle_id, None)

    async def _run(self, bundle: Path, place: Path) -> None:
        mark = " ".join(["device", "server", *self._told()])
        command = [sys.executable, "-P", "-m", "kenali.serve.page_maker", str(bundle), str(place), mark]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
        nothing = subprocess.DEVNULL
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=said, env=environment)
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    while process.poll() is None:  # not every event loop on Windows can wait for a process
                        await asyncio.sleep(_POLL_S)
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
        if process.returncode:
            raise RuntimeError(lines[-1] if lines else f"it ended with {process.returncode}")


_listings: dict[tuple[Path, float], dict[str, Path]] = {}


def listed(base: Path) -> dict[str, Path]:
    """The files of a page by their path with slashes: what is not here is not given, whatever an address says."""
    try:
        key = base, base.stat().st_mtime
    except OSError:
        return {}
    if key not in _listings:
        if len(_listings) > 4 * _KEPT:
            _listings.clear()
        _listings[key] = {path.relative_to(base).as_posix(): path for path in base.rglob("*") if path.is_file()}
    return _listings[key]


def _locked(lock: Path) -> bool:
    """Whether this worker may make the page; a lock that its maker left behind long ago does not count."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        if time.time() - lock.stat().st_mtime > _TIMEOUT_S:
            lock.unlink(missing_ok=True)
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    return True


def _prune(folder: Path) -> None:
    """Leave the newest pages."""
    made = sorted((path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")), key=_age)
    for old in made[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _age(path: Path) -> float:
    return -path.stat().st_mtime


def _digest_of_page() -> str:
    """What tells this installation's page from another's, empty where there is none."""
    try:
        return hashlib.sha256((PAGE / "sw.js").read_bytes() + (PAGE / "index.html").read_bytes()).hexdigest()[:8]
    except OSError:
        return ""
