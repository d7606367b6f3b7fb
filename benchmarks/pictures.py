"""Large test photographs made from the pictures that scikit-image ships, each full of real detail."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

_NAMES = (
    "astronaut.png",
    "brick.png",
    "chelsea.png",
    "coffee.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "rocket.jpg",
    "camera.png",
    "ihc.png",
)


def shipped() -> list[Image.Image]:
    """The pictures found in scikit-image's data folder, RGB."""
    found = importlib.util.find_spec("skimage")
    assert found is not None
    folder = Path((found.submodule_search_locations or [""])[0]) / "data"
    return [Image.open(folder / name).convert("RGB") for name in _NAMES if (folder / name).is_file()]


def mosaic(pictures: list[Image.Image], seed: int, size: tuple[int, int] = (1632, 1224)) -> Image.Image:
    """A picture of `size` (width, height): one photograph enlarged, others laid over it at their own resolution."""
    generator = np.random.default_rng(seed)
    ground = pictures[seed % len(pictures)].resize(size, Image.Resampling.BICUBIC)
    for _ in range(6):
        inset = pictures[int(generator.integers(len(pictures)))]
        inset = inset.rotate(90 * int(generator.integers(4)), expand=True)
        ground.paste(inset, (int(generator.integers(size[0] - 200)), int(generator.integers(size[1] - 200))))
    return ground


def write_large_jpegs(folder: Path, count: int, distinct: int = 100) -> list[Path]:
    """`count` JPEG files of about 2 megapixels, `distinct` of them different, the rest copies."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = shipped()
    paths: list[Path] = []
    for number in range(count):
        path = folder / f"{number:05}.jpg"
        if number < distinct:
            mosaic(pictures, number).save(path, quality=88)
        else:
            shutil.copyfile(paths[number % distinct], path)
        paths.append(path)
    return paths
