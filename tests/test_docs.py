"""The commands of the README and of every page run, in order, in a folder that holds what they name.

`kenali serve` runs beside the commands of its page, at a free port in the place of the one that the page names.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from kenali.demo import write_demo_photos
from kenali.export.web import PAGE
from tests.conftest import astronaut
from tests.serve.server import serving

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SERVE = "kenali serve "
FACES = ("README.md", "faces.md", "gallery.md", "recognise.md", "serve-faces.md")
NOT_RUN = ("make", "pip", "py ", ".venv", "python benchmarks", "#")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the pages show a POSIX shell")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def copy_some(photos: Path, folder: Path) -> None:
    """A third of the photos of each class: the commands are to be run, not to be believed."""
    for photo in sorted(photos.glob("*/*"))[::3]:
        (folder / photo.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, folder / photo.parent.name)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the names that the pages use, and a `kenali` on the path."""
    folder = tmp_path_factory.mktemp("workshop")
    write_demo_photos(folder / "demo")
    for name in ("PHOTOS", "MORE_PHOTOS", "photos"):
        copy_some(folder / "demo" / "train", folder / name)
    shutil.copytree(folder / "demo" / "test", folder / "NEW_PHOTOS")
    photos = sorted((folder / "demo" / "test" / "grass").iterdir())
    for name in ("photo.jpg", "new-photo.jpg", "new.jpg", "a.jpg", "b.png"):
        shutil.copy(photos[0], folder / name)
    for name in ("folder", "more"):
        (folder / name).mkdir()
        shutil.copy(photos[1], folder / name / "one.png")
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.write(photos[2], "two.jpg")
    face = Image.open(astronaut()).convert("RGB")
    for name, seen in {"1": face, "2": ImageOps.mirror(face)}.items():
        (folder / "people" / "Eileen Collins").mkdir(parents=True, exist_ok=True)
        seen.save(folder / "people" / "Eileen Collins" / f"{name}.jpg", quality=95)
        seen.save(folder / f"eileen-{name}.jpg", quality=95)
    (folder / "bin").mkdir()
    command = folder / "bin" / "kenali"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from kenali.cli import main; main()" "$@"\n')
    command.chmod(0o755)
    (folder / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    return folder


@pytest.fixture
def ready(page: Path, request: pytest.FixtureRequest) -> None:
    """What a page needs besides the workshop."""
    if page.name in FACES:
        request.getfixturevalue("face_networks")


class Servers:
    """The `kenali serve` of a page, each at a free port in the place of the one that the page names."""

    def __init__(self, workshop: Path, state: Path, opened: contextlib.ExitStack) -> None:
        self._workshop = workshop
        self._state = state
        self._opened = opened
        self._urls: dict[str, str] = {}

    def start(self, line: str) -> None:
        words = shlex.split(line.removeprefix(SERVE), comments=True)
        port = "8000"
        if "--port" in words:
            at = words.index("--port")
            _, port = words.pop(at), words.pop(at)
        server = self._opened.enter_context(serving(self._state, *words, folder=self._workshop))
        self._urls[f"http://127.0.0.1:{port}"] = server.url

    def named(self, text: str) -> str:
        """The text with the servers' own addresses."""
        for told, true in self._urls.items():
            text = text.replace(told, true)
        return text


@pytest.fixture
def state(page: Path, workshop: Path) -> Path:
    """The state folder of a page's servers: keys made on one page close no other page's."""
    return workshop / "state" / page.stem


@pytest.fixture
def environment(page: Path, workshop: Path, state: Path) -> dict[str, str]:
    """What a page's commands find: `kenali` on the path, and nothing of this user's own; a gallery for each page."""
    path = f"{workshop / 'bin'}{os.pathsep}{os.environ['PATH']}"
    own = {"HOME": str(workshop), "CURL_HOME": str(workshop), "XDG_DATA_HOME": str(workshop / page.stem)}
    return os.environ | own | {"PATH": path, "KENALI_STATE": str(state)}


@pytest.fixture
def servers(workshop: Path, state: Path) -> Iterator[Servers]:
    with contextlib.ExitStack() as opened:
        yield Servers(workshop, state, opened)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.usefixtures("ready")
def test_commands_run(page: Path, workshop: Path, environment: dict[str, str], servers: Servers) -> None:
    for line in "".join(blocks(page, "sh")).splitlines():
        if ("--to web" in line or "--to tfjs" in line) and not (PAGE / "index.html").is_file():
            continue  # the page, and the one that replays photos, are built by `make page`, which needs Node
        if line.startswith(SERVE):
            servers.start(line)
        elif line.startswith("curl ") and shutil.which("curl") is None:
            continue
        elif line.strip() and not line.startswith(NOT_RUN):
            if "DEST" in line:
                shutil.rmtree(workshop / "DEST", ignore_errors=True)
            done = subprocess.run(
                ["sh", "-c", servers.named(line)], cwd=workshop, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{page.name}: {line}\n{done.stdout[-2000:]}\n{done.stderr}"


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
@pytest.mark.usefixtures("ready")
def test_python_runs(page: Path, workshop: Path, environment: dict[str, str], servers: Servers) -> None:
    for line in "".join(blocks(page, "sh")).splitlines():
        if not any("Client" in block for block in blocks(page, "python")):
            break
        if line.startswith(SERVE):
            servers.start(line)
        elif line.startswith("kenali keys add"):
            subprocess.run(["sh", "-c", line], cwd=workshop, env=environment, capture_output=True, check=True)
    for block in blocks(page, "python"):
        done = subprocess.run(
            [sys.executable, "-c", servers.named(block)],
            cwd=workshop,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{page.name}:\n{block}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
