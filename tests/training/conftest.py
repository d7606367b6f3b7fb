"""One real training run on the demo's photographs, shared by the tests of what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

import kenali
from kenali.demo import write_demo_photos


@pytest.fixture(scope="session")
def demo_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "photos"
    write_demo_photos(folder)
    return folder


@pytest.fixture(scope="session")
def trained(demo_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> kenali.TrainResult:
    return kenali.train(demo_photos, tmp_path_factory.mktemp("trained") / "bundle", recipe=kenali.load_recipe(budget=0))
