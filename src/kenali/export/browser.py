"""A browser without a window: found on this machine, started for one errand, ended with everything that it started."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kenali.errors import KenaliError

VARIABLE = "KENALI_BROWSER"
"""Environment variable that names the browser to use."""

_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome", "msedge")
_MAC_APPS = ("Google Chrome", "Chromium", "Microsoft Edge")
_WINDOWS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
_FLAGS = (
    "--headless",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",  # containers give /dev/shm 64 MB, which a network's weights fill
    "--disable-extensions",
    "--disable-quic",
    "--disable-sync",
    "--mute-audio",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # whatever a page asks for, nothing leaves this machine
)
_GRACE_S = 5.0


def find_browser() -> Path | None:
    """Chromium, Chrome or Edge: the one that KENALI_BROWSER names, else one in a usual place, else None.

    Raises KenaliError where KENALI_BROWSER names no file.
    """
    if named := os.environ.get(VARIABLE):
        found = shutil.which(named)
        if found is None:
            raise KenaliError(f"{VARIABLE} names {named!r}, which is no program: name the browser's program file, or unset it")
        return Path(found)
    if on_path := next(filter(None, map(shutil.which, _COMMANDS)), None):
        return Path(on_path)
    return next((place for place in _usual_places() if place.is_file()), None)


def _usual_places() -> Iterator[Path]:
    if sys.platform == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            yield from (folder / f"{app}.app" / "Contents" / "MacOS" / app for app in _MAC_APPS)
    elif sys.platform == "win32":
        roots = [os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
        yield from (Path(root) / place for place in _WINDOWS for root in roots if root)
    else:
        yield from (Path("/opt/google/chrome/chrome"), Path("/snap/bin/chromium"), Path("/opt/microsoft/msedge/msedge"))


class Visit:
    """One page open in a browser of its own; `crashed()` says in a few words how it ended too early."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def crashed(self) -> str | None:
        """None while the browser runs, else its exit code and the end of what it said."""
        code = self._process.poll()
        if code is None:
            return None
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f"exit code {code}" + (f": {lines[-1][:200]}" if lines else "")


@contextlib.contextmanager
def visiting(browser: Path, url: str, gpu: bool = False) -> Iterator[Visit]:
    """Open `url` without a window and with an empty profile; at the end of the block that browser, and only it, is gone.

    `gpu` lets the page use the graphics card, which makes starting less certain. Raises KenaliError where the program does
    not start.
    """
    with tempfile.TemporaryDirectory(prefix="kenali-browser-", ignore_cleanup_errors=True) as name:
        log = Path(name) / "log.txt"
        command = [str(browser), *_FLAGS, *([] if gpu else ["--disable-gpu"]), *_without_sandbox()]
        with log.open("wb") as out:
            try:
                process = subprocess.Popen(
                    [*command, f"--user-data-dir={Path(name) / 'profile'}", url],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,  # a process group of its own on POSIX; ignored on Windows
                )
            except OSError as error:
                raise KenaliError(f"the browser {browser} does not start: {error.strerror or error}") from None
            try:
                yield Visit(process, log)
            finally:
                _end(process)


def _without_sandbox() -> list[str]:
    """Chromium refuses to run as root with its sandbox on."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the browser and its children: politely, then for certain. Without its parent a Chromium child ends by itself."""
    _signal(process, signal.SIGTERM)
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))  # children that outlived it, too
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group that is gone
        os.killpg(process.pid, number)
