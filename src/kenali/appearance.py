"""What a photo looks like in five numbers, comparable between photos of any size: to tell when new ones look different."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from kenali.types import FloatArray, Pixels

MEASURED_SIDE = 256
"""Measures are taken at this size at most, so that they compare between cameras."""

GRID = 32
_COARSE = 8


@dataclass(frozen=True, slots=True)
class Appearance:
    """`brightness` and `contrast` are mean and deviation of grey in 0..1, `sharpness` the variance of the Laplacian over that
    of grey. `colour` is how far the strongest of red, green and blue lies above the weakest on average, 0..1, and `warmth`
    how far red lies above blue, -1..1.
    """

    brightness: float
    contrast: float
    sharpness: float
    colour: float
    warmth: float


def appearance(image: Image.Image) -> Appearance:
    """The measures of an upright RGB image of any size."""
    small = measured_size(image)
    grey = grey_of(small)
    colour, warmth = tint(small.resize((GRID, GRID), Image.Resampling.BILINEAR))
    return Appearance(float(grey.mean()), float(grey.std()), sharpness(grey), colour, warmth)


def measured_size(image: Image.Image) -> Image.Image:
    """The image with its longer side brought to at most 256 pixels by a whole factor."""
    factor = -(-max(image.size) // MEASURED_SIDE)
    return image.reduce(factor) if factor > 1 else image


def grey_of(image: Image.Image) -> FloatArray:
    """Grey float32 (h, w) in 0..1."""
    grey: FloatArray = np.asarray(image.convert("L"), np.float32) / np.float32(255)
    return grey


def sharpness(grey: FloatArray) -> float:
    """The variance of the Laplacian over that of grey (h, w); 0 for a picture too small to have one."""
    if min(grey.shape) < 3:
        return 0.0
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    return float(laplacian.var() / (grey.var() + 1e-4))


def coarse(grid: Image.Image) -> Pixels:
    """Mean colours uint8 (8, 8, 3) of an RGB picture of 32 x 32."""
    return np.asarray(grid.reduce(GRID // _COARSE))


def tint(grid: Image.Image | Pixels) -> tuple[float, float]:
    """Colourfulness and warmth of an RGB picture of 32 x 32, or of its mean colours uint8 (8, 8, 3)."""
    colours = (coarse(grid) if isinstance(grid, Image.Image) else grid).astype(np.float32) / np.float32(255)
    spread = colours.max(axis=2) - colours.min(axis=2)
    return float(spread.mean()), float((colours[..., 0] - colours[..., 2]).mean())
