"""A tiny bundle behind the application, in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from kenali.serve.app import create_app
from kenali.serve.security.keys import SCOPES, KeyFile
from kenali.serve.settings import BundleSpec, Settings
from tests.tiny import write_tiny_bundle

MakeClient = Callable[..., TestClient]


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bundle(tmp_path_factory.mktemp("served") / "colours", doubting=True)


@pytest.fixture(scope="module")
def client_of(colours: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeClient]:
    """A client of an application with these settings, which goes with the module; `keyed` may do everything."""
    with ExitStack() as opened:

        def make(*, keyed: bool = False, **settings: Any) -> TestClient:
            state = tmp_path_factory.mktemp("state")
            chosen = {"bundles": (BundleSpec("colours", colours),), "state": state, "decoders": 1}
            headers = {"X-Api-Key": KeyFile(state).add("tests", SCOPES)[1]} if keyed else {}
            app = create_app(Settings(**{**chosen, **settings}))
            client = TestClient(app, "http://127.0.0.1", raise_server_exceptions=False, headers=headers)
            return opened.enter_context(client)

        yield make
