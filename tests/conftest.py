"""Photos for the tests: drawn ones that differ as photographs do, and real ones where this checkout has them."""

from __future__ import annotations

import io
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kenali.cache import cache_folder
from kenali.errors import KenaliError
from kenali.faces.networks import NETWORKS, graph_of
from tests.databases import mariadb, new_place, postgresql  # noqa: F401 - fixtures of all tests


@pytest.fixture(scope="session")
def shared_data(pytestconfig: pytest.Config) -> Path:
    """The folder of real photo sets beside the repository; tests that need it are skipped elsewhere."""
    folder = pytestconfig.rootpath.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real photos of shared/data are not here")
    return folder


@pytest.fixture(scope="session")
def face_networks(own_cache: Path) -> None:
    """The networks for faces, which `make setup` fetches into the user's cache, in the cache of this run."""
    if (own_cache / "faces").is_dir():
        shutil.copytree(own_cache / "faces", cache_folder() / "faces", dirs_exist_ok=True)
    try:
        for network in NETWORKS:
            graph_of(network)
    except KenaliError as error:
        pytest.skip(str(error))


def astronaut() -> Path:
    """The file of a photo of a face that scikit-image ships: Eileen Collins, portrayed by NASA (public domain)."""
    found = find_spec("skimage")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0], "data", "astronaut.png")


def picture(seed: int, size: tuple[int, int] = (96, 96)) -> Image.Image:
    """A colourful texture of (height, width) that only its own seed draws; pictures of two seeds do not look alike."""
    noise = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((size[1], size[0]), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, file_format: str = "JPEG", **options: object) -> bytes:
    """The bytes of `image` saved in `file_format`."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def draw_photo(path: Path | None, seed: int, size: tuple[int, int] = (96, 96), file_format: str = "JPEG") -> bytes:
    """The bytes of `picture(seed, size)`, written to `path` if there is one; folders are made as needed."""
    data = encoded(picture(seed, size), file_format)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return data


def draw_set(folder: Path, counts: dict[str, int]) -> Path:
    """`counts[c]` photos in the folder of each class `c`, all different."""
    seed = 10_000
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            draw_photo(folder / name / f"{number:03}.jpg", seed)
            seed += 1
    return folder
