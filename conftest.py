"""Every test run has its own cache, so that it neither sees nor changes what the user's runs remember."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kenali.cache import cache_folder


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The user's own cache, which the run leaves alone."""
    users = cache_folder()
    earlier = os.environ.get("KENALI_CACHE")
    os.environ["KENALI_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield users
    if earlier is None:
        del os.environ["KENALI_CACHE"]
    else:
        os.environ["KENALI_CACHE"] = earlier
