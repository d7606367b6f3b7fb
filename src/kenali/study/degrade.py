"""Photos made worse in the ways that the field makes them worse: Pillow and NumPy only, equal at every run."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from kenali.errors import KenaliError
from kenali.training.copies import altered

DEGRADATIONS: dict[str, tuple[float | None, ...]] = {
    "grey": (None,),
    "blur": (0.5, 1.0, 2.0),
    "noise": (5.0, 10.0, 20.0),
    "jpeg": (30.0, 10.0, 5.0),
    "brightness": (0.3, 0.6, 1.5, 2.5),
    "rotation": (10.0, 30.0, 90.0, 180.0),
}
"""Kinds and strengths: `blur` is a Gaussian's radius in percent of the short side, `noise` a standard deviation in percent
of full scale, `jpeg` a quality, `brightness` a factor, `rotation` degrees clockwise; `grey` has none."""

SIDE = 512
"""Photos are reduced to this short side first, so that one strength means the same for all of them."""


def degraded(image: Image.Image, kind: str, strength: float | None, key: str) -> Image.Image:
    """An upright RGB photo, made worse; noise is drawn by its hexadecimal SHA-256 `key`. Turned corners are black."""
    image = _reduced(image)
    value = 0.0 if strength is None else strength
    if kind == "grey":
        return ImageOps.grayscale(image).convert("RGB")
    if kind == "blur":
        return image.filter(ImageFilter.GaussianBlur(value / 100 * min(image.size)))
    if kind == "noise":
        draws = np.random.default_rng(int(key, 16)).standard_normal((image.height, image.width, 3), np.float32)
        noisy = np.asarray(image, np.float32) + value / 100 * 255 * draws
        return Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
    if kind == "jpeg":
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=round(value))
        with Image.open(buffer, formats=("JPEG",)) as read:
            return read.convert("RGB")
    if kind == "brightness":
        return ImageEnhance.Brightness(image).enhance(value)
    if kind == "rotation":
        return altered(image, "rotation", value)
    raise KenaliError(f"no degradation is called {kind!r}; there are {', '.join(DEGRADATIONS)}")


def _reduced(image: Image.Image) -> Image.Image:
    scale = SIDE / min(image.size)
    if scale >= 1:
        return image
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
