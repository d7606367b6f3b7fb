"""Every test run has its own cache, so that it neither sees nor changes what the user's runs remember."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    earlier = os.environ.get("KENALI_CACHE")
    os.environ["KENALI_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if earlier is None:
        del os.environ["KENALI_CACHE"]
    else:
        os.environ["KENALI_CACHE"] = earlier
