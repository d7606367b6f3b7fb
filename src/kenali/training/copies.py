"""Static augmentation: altered copies of a photo, made once. Pillow and NumPy only; the draws depend on nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from kenali.training.choices import StaticCopies

Kind = Literal["mirror", "upside_down", "turn", "rotation", "shear", "brightness"]

_QUARTERS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}  # Pillow's: other way


@dataclass(frozen=True, slots=True)
class Copy:
    """An altered copy of a photo: what was done, and the picture.

    `value` is 90, 180 or 270 for a `turn`, degrees for a `rotation` (clockwise) or `shear` (the top to the right), each
    rounded to a tenth, the factor for `brightness`, rounded to a hundredth, and 0 for `mirror` and `upside_down`.
    """

    kind: Kind
    value: float
    image: Image.Image


def copies_of(image: Image.Image, chosen: StaticCopies, seed: int, key: str) -> list[Copy]:
    """The `chosen.copies` altered copies of an upright RGB or grey photo, as `draw_copies` draws them.

    All are of the photo's own size, but that turns by 90 and 270 degrees swap height and width. Corners that a rotation or
    shear uncovers are black.
    """
    return [Copy(kind, value, altered(image, kind, value)) for kind, value in draw_copies(chosen, seed, key)]


def draw_copies(chosen: StaticCopies, seed: int, key: str) -> list[tuple[Kind, float]]:
    """(kind, value) of each copy of the photo whose hexadecimal SHA-256 is `key`, drawn by `seed` (0 or more) and `key`.

    No two are of one kind while there are others, and none leaves the photo as it is. Two copies never share kind and
    value; so there are fewer than asked for only where nothing but mirrors and turns is on, and those run out.
    """
    draws = np.random.default_rng([seed, int(key, 16)])
    left = {kind: _values(chosen, kind) for kind in kinds_on(chosen)}
    drawn: list[tuple[Kind, float]] = []
    while len(drawn) < chosen.copies and (kinds := [kind for kind in left if left[kind]]):
        for index in draws.permutation(len(kinds))[: chosen.copies - len(drawn)]:
            values = left[kinds[index]]
            drawn.append((kinds[index], values.pop(draws.integers(len(values)))))
    return drawn


def altered(image: Image.Image, kind: Kind, value: float) -> Image.Image:
    """A copy of `image` to which one thing was done; `value` as in `Copy`."""
    if kind == "mirror":
        return ImageOps.mirror(image)
    if kind == "upside_down":
        return ImageOps.flip(image)
    if kind == "turn":
        return image.transpose(_QUARTERS[int(value)])
    if kind == "rotation":
        return image.rotate(-value, Image.Resampling.BILINEAR)
    if kind == "shear":
        slope = math.tan(math.radians(value))
        about_middle = (1, slope, -slope * image.height / 2, 0, 1, 0)
        return image.transform(image.size, Image.Transform.AFFINE, about_middle, Image.Resampling.BILINEAR)
    return ImageEnhance.Brightness(image).enhance(value)


def kinds_on(chosen: StaticCopies) -> list[Kind]:
    """The kinds of copy that `chosen` allows."""
    kinds: tuple[Kind, ...] = ("mirror", "upside_down", "turn", "rotation", "shear", "brightness")
    return [kind for kind in kinds if _values(chosen, kind)]


def _values(chosen: StaticCopies, kind: Kind) -> list[float]:
    """Every value that a copy of `kind` may have: a grid, so that what names and tables say is exactly what was done."""
    if kind in ("mirror", "upside_down"):
        return [0.0] if getattr(chosen, kind) else []
    if kind == "turn":
        return [float(turn) for turn in dict.fromkeys(chosen.turns)]
    if kind == "brightness":
        low, high = chosen.brightness
        return _grid(low, high, 100, nothing=1.0)
    limit = chosen.rotation if kind == "rotation" else chosen.shear
    return _grid(-limit, limit, 10, nothing=0.0)


def _grid(low: float, high: float, steps: int, nothing: float) -> list[float]:
    """The multiples of 1 / `steps` between low and high, or the two ends of a range too narrow for them; never `nothing`."""
    between = [number / steps for number in range(math.ceil(low * steps - 1e-9), math.floor(high * steps + 1e-9) + 1)]
    values = [value for value in between if low <= value <= high and value != nothing]
    return values or [value for value in dict.fromkeys((low, high)) if value != nothing]
