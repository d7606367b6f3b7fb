"""The commands of the README and of every page run, in order, in a folder that holds what they name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from kenali.demo import write_demo_photos
from kenali.export.web import PAGE
from tests.conftest import astronaut

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FACES = ("faces.md", "gallery.md")
NOT_RUN = ("make", "pip", "py ", ".venv", "python benchmarks", "#")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the pages show a POSIX shell")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the names that the pages use, and a `kenali` on the path."""
    folder = tmp_path_factory.mktemp("workshop")
    write_demo_photos(folder / "demo")
    for name in ("PHOTOS", "MORE_PHOTOS", "photos"):
        shutil.copytree(folder / "demo" / "train", folder / name)
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
    return folder


@pytest.fixture
def ready(page: Path, request: pytest.FixtureRequest) -> None:
    """What a page needs besides the workshop."""
    if page.name in FACES:
        request.getfixturevalue("face_networks")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.usefixtures("ready")
def test_commands_run(page: Path, workshop: Path) -> None:
    environment = os.environ | {"PATH": f"{workshop / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": str(workshop)}
    environment |= {"XDG_DATA_HOME": str(workshop / page.stem)}  # a gallery for each page
    for line in "".join(blocks(page, "sh")).splitlines():
        if ("--to web" in line or "--to tfjs" in line) and not (PAGE / "index.html").is_file():
            continue  # the page, and the one that replays photos, are built by `make page`, which needs Node
        if line.strip() and not line.startswith(NOT_RUN):
            if "DEST" in line:
                shutil.rmtree(workshop / "DEST", ignore_errors=True)
            done = subprocess.run(
                ["sh", "-c", line], cwd=workshop, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{page.name}: {line}\n{done.stderr}"


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
@pytest.mark.usefixtures("ready")
def test_python_runs(page: Path, workshop: Path) -> None:
    for block in blocks(page, "python"):
        done = subprocess.run(
            [sys.executable, "-c", block], cwd=workshop, env=os.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{page.name}:\n{block}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
