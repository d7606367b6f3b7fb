"""The options of `kenali serve` for faces: what is wrong is told in a sentence before anything is served."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kenali.cli import app
from tests.serve.faces.conftest import FaceServer, MakeServer


@pytest.fixture
def server(server_of: MakeServer) -> FaceServer:
    made = server_of()
    made.gallery()
    return made


def serve(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["serve", "--port", "0", *map(str, arguments)])


def test_something_must_be_served() -> None:
    done = serve()
    assert (done.exit_code, "a gallery with --faces" in done.output) == (2, True)


def test_a_gallery_that_cannot_be_served(server: FaceServer, tmp_path: Path) -> None:
    networks = "--faces-networks", server.folder / "networks.toml"
    gallery = "--faces", server.folder / "gallery.sqlite"
    key = "--faces-key", server.folder / "gallery.key"
    (tmp_path / "other.key").write_text("no key")
    for arguments, sentence in {
        (*gallery, *networks, "--faces-key", tmp_path / "none.key"): "name its file with --faces-key",
        (*gallery, *networks, "--faces-key", tmp_path / "other.key"): "holds no gallery key",
        (*gallery, *key, "--faces-networks", tmp_path / "none.toml"): "cannot be read",
        (*gallery, *key, *networks, "--faces-matcher", "nearst"): "Did you mean 'nearest'?",
        ("--faces", "redis://x/y", *key, *networks): "lies in sqlite, mariadb, mysql or postgresql",
    }.items():
        done = serve(*arguments)
        assert done.exit_code == 1, done.output
        assert sentence in done.output
        assert len(done.output.strip().splitlines()) == 1
