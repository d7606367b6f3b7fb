"""The offline page around an exported model: a folder that any static server can host."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from kenali.bundle import Manifest
from kenali.errors import KenaliError
from kenali.files import sha256_of, write_atomically

PAGE = Path(__file__).parent / "page"
"""The page as `npm run build` in `web/` leaves it, the same for every bundle."""

_SERVICE_WORKER = "sw.js"
_APP_MANIFEST = "manifest.webmanifest"
_SHORT_NAME = 12  # characters that a phone shows under an icon


def assemble(folder: Path, manifest: Manifest, page: Path = PAGE, mark: str | None = None) -> None:
    """Put the page into `folder`, which holds `model/`, under the bundle's name, and tell its service worker all files.

    The page itself is copied unchanged: what differs from bundle to bundle are files beside it. Only a server of ours
    writes its `mark` into the page. Raises KenaliError where the page was not built.
    """
    require_page(page)
    shutil.copytree(page, folder, dirs_exist_ok=True)
    if mark is not None:
        index = folder / "index.html"
        write_atomically(index, marked(index.read_text(encoding="utf-8"), mark))
    _name_app(folder / _APP_MANIFEST, manifest.name)
    _tell_files(folder)


def marked(index: str, mark: str) -> str:
    """`index.html` with the mark of a server that stands behind it; `web/src/page/served.ts` reads it."""
    return index.replace("<head>", f'<head>\n    <meta name="kenali-served" content="{mark}" />', 1)


def require_page(page: Path = PAGE) -> None:
    """Raises KenaliError where the page was not built."""
    if not (page / "index.html").is_file() or not (page / _SERVICE_WORKER).is_file():
        raise KenaliError(
            "the web page was not built into this installation of Kenali: in a checkout, install Node 20 or newer and run  "
            "make page;  the packages that are published hold it"
        )


def _name_app(path: Path, name: str) -> None:
    app = json.loads(path.read_text(encoding="utf-8"))
    app |= {"name": f"{name} · Kenali", "short_name": name[:_SHORT_NAME].strip()}
    write_atomically(path, json.dumps(app, indent=1, ensure_ascii=False) + "\n")


def _tell_files(folder: Path) -> None:
    """Write the list of all files and their SHA-256 in front of the service worker's code.

    The version is the digest of the list, so that any change of any file is another `sw.js`, which is what makes browsers
    fetch the new version.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / _SERVICE_WORKER)
    files = {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}
    version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    worker = folder / _SERVICE_WORKER
    listed = json.dumps({"version": version, "files": files}, indent=1)
    write_atomically(worker, f"const KENALI = {listed};\n{worker.read_text(encoding='utf-8')}")
