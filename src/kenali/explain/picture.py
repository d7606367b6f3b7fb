"""A heat map over its photo, in colours that differ in lightness too, so that colour-blind readers see the same."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from kenali.types import FloatArray

_ANCHORS = ((0, 0, 4), (66, 10, 104), (147, 38, 103), (221, 81, 58), (252, 165, 10), (252, 255, 164))
"""Every fifth of matplotlib's `inferno` (van der Walt and Smith 2015, CC0), whose lightness rises evenly."""

_STRONGEST = 0.75  # how much of the hottest place is colour, the rest photo
_OUTSIDE = 0.55  # brightness of what the network did not see


def heat_picture(image: Image.Image, heat: FloatArray, window: tuple[float, float, float, float] | None = None) -> Image.Image:
    """The photo in grey with `heat` (h', w'), not negative, in colour over the window that the network saw.

    The hottest place is full colour whatever its amount; of no heat the photo stays grey. `window` is (left, top, right,
    bottom) in the photo's pixels and may reach beyond it (see `seen_window`); None is the whole photo. What lies outside
    is darkened.
    """
    left, top, right, bottom = window or (0, 0, image.width, image.height)
    size = max(1, round(right - left)), max(1, round(bottom - top))
    placed = Image.new("F", image.size, -1.0)
    top_heat = float(heat.max())
    level = np.clip(heat / top_heat if top_heat > 0 else heat, 0, 1).astype(np.float32)
    placed.paste(Image.fromarray(level).resize(size, Image.Resampling.BICUBIC), (round(left), round(top)))
    shown = np.asarray(placed)
    grey = np.asarray(image.convert("L"), np.float32)[:, :, None]
    grey = np.where((shown < -0.5)[:, :, None], _OUTSIDE * grey, grey)
    level = np.clip(shown, 0, 1)
    cover = (_STRONGEST * np.sqrt(level))[:, :, None]
    mixed = (1 - cover) * grey + cover * _coloured(level)
    return Image.fromarray(mixed.round().astype(np.uint8))


def legend(width: int, height: int) -> Image.Image:
    """The colours from no heat (left) to the hottest, over a middle grey."""
    ramp = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
    return heat_picture(Image.new("RGB", (width, height), (128, 128, 128)), ramp)


def framed(picture: Image.Image, window: tuple[float, float, float, float]) -> Image.Image:
    """The picture with a thin line around the window, where that is not the whole of it."""
    left, top = max(0, round(window[0])), max(0, round(window[1]))
    right, bottom = min(picture.width, round(window[2])) - 1, min(picture.height, round(window[3])) - 1
    if (left, top, right, bottom) != (0, 0, picture.width - 1, picture.height - 1):
        ImageDraw.Draw(picture).rectangle((left, top, right, bottom), outline=(255, 255, 255))
    return picture


def _coloured(level: FloatArray) -> FloatArray:
    """RGB 0-255 (..., 3) for levels 0..1."""
    stops = np.linspace(0, 1, len(_ANCHORS))
    channels = [np.interp(level, stops, channel) for channel in zip(*_ANCHORS, strict=True)]
    colours: FloatArray = np.stack(channels, axis=-1).astype(np.float32)
    return colours
