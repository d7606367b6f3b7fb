"""A gallery in each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kenali.faces.gallery.store import Gallery
from kenali.faces.gallery.values import Consent, Enrolment
from kenali.types import FloatArray
from tests.databases import DATABASES, Server

EMBEDDER = "e" * 64
CONSENT = Consent("form 7")


def vector(seed: int, size: int = 16) -> FloatArray:
    """A unit vector that only its own seed draws."""
    drawn = np.random.default_rng(seed).normal(size=size).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def face(seed: int, photo: bytes | None = None) -> Enrolment:
    return Enrolment(vector(seed), f"{seed:064x}", photo=photo)


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, by its URL or file."""
    if request.param == "sqlite":
        return str(tmp_path / "gallery.sqlite")
    server: Server = request.getfixturevalue(request.param)
    return server.emptied()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "gallery.key"


@pytest.fixture
def gallery(place: str, key_file: Path) -> Iterator[Gallery]:
    with Gallery.open(place, key_file, EMBEDDER) as opened:
        yield opened
