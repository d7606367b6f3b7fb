"""The page around an exported model: copied unchanged, named, and its service worker knows every file."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from kenali.bundle import Manifest
from kenali.errors import KenaliError
from kenali.export import web
from kenali.types import Preprocessing

MANIFEST = Manifest(name="batu-batuan pegunungan", class_names=("a", "b"), preprocessing=Preprocessing((32, 32)))


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A built page in small."""
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>Kenali</title>", encoding="utf-8")
    (folder / "assets" / "index-abc.js").write_text("1", encoding="utf-8")
    (folder / "sw.js").write_text("serve(KENALI);", encoding="utf-8")
    (folder / "manifest.webmanifest").write_text('{"name": "Kenali", "start_url": "./"}', encoding="utf-8")
    return folder


def exported(folder: Path, page: Path, weights: bytes = b"weights") -> tuple[str, dict[str, Any]]:
    """The service worker's own code, and what it is told."""
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "weights.bin").write_bytes(weights)
    web.assemble(folder, MANIFEST, page)
    told, code = (folder / "sw.js").read_text(encoding="utf-8").removeprefix("const KENALI = ").split(";\n", 1)
    return code, json.loads(told)


def test_the_page_is_copied_and_named(tmp_path: Path, page: Path) -> None:
    exported(tmp_path / "out", page)
    assert (tmp_path / "out" / "index.html").read_bytes() == (page / "index.html").read_bytes()
    app = json.loads((tmp_path / "out" / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert app == {"name": "batu-batuan pegunungan · Kenali", "short_name": "batu-batuan", "start_url": "./"}


def test_the_service_worker_knows_every_file_and_its_checksum(tmp_path: Path, page: Path) -> None:
    code, told = exported(tmp_path / "out", page)
    assert code == "serve(KENALI);"
    assert set(told["files"]) == {"index.html", "assets/index-abc.js", "manifest.webmanifest", "model/weights.bin"}
    assert told["files"]["model/weights.bin"] == hashlib.sha256(b"weights").hexdigest()


def test_the_version_follows_the_files(tmp_path: Path, page: Path) -> None:
    versions = [
        exported(tmp_path / name, page, weights)[1]["version"] for name, weights in (("a", b"1"), ("b", b"1"), ("c", b"2"))
    ]
    assert versions[0] == versions[1] != versions[2]


def test_a_page_that_was_not_built_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="make page"):
        web.assemble(tmp_path, MANIFEST, tmp_path / "none")


def test_the_built_page_needs_nothing_from_elsewhere() -> None:
    if not (web.PAGE / "index.html").is_file():
        pytest.skip("the page is not built here: make page")
    html = (web.PAGE / "index.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy"\s+content="([^"]+)"', html)
    assert policy
    assert "unsafe-inline" not in policy[1]
    assert "'unsafe-eval'" not in policy[1]
    assert "http" not in policy[1]
    addresses = re.findall(r'(?:src|href)="([^"#]+)"', html)
    assert addresses
    assert all(address.startswith("./") and (web.PAGE / address).is_file() for address in addresses)
    worker = (web.PAGE / "sw.js").read_text(encoding="utf-8")
    assert not re.search(r"\b(import|export)\b", worker)  # browsers run it as a plain script
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style| style=| on\w+=", html)
