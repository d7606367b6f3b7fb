"""A tiny bundle behind the application, in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from kenali.serve.app import create_app
from kenali.serve.settings import BundleSpec, Settings
from tests.tiny import write_tiny_bundle

MakeClient = Callable[..., TestClient]


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bundle(tmp_path_factory.mktemp("served") / "colours", doubting=True)


@pytest.fixture(scope="module")
def client_of(colours: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeClient]:
    """A client of an application with these settings, which goes with the module."""
    with ExitStack() as opened:

        def make(**settings: Any) -> TestClient:
            chosen = {"bundles": (BundleSpec("colours", colours),), "state": tmp_path_factory.mktemp("state"), "decoders": 1}
            app = create_app(Settings(**{**chosen, **settings}))
            return opened.enter_context(TestClient(app, "http://127.0.0.1", raise_server_exceptions=False))

        yield make
