"""Pixels to frames and back: uint8 (height, width, 3), RGB."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from kenali.images import decode
from kenali.stream.values import Frame
from kenali.stream.wire import DEFAULT_LIMITS
from kenali.types import Pixels


def as_jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    """The bytes of a JPEG file of RGB pixels."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def as_bgr(pixels: Pixels) -> bytes:
    """The bytes of RGB pixels in ImageZMQ's, that is OpenCV's, order."""
    return pixels[:, :, ::-1].tobytes()


def rgb(frame: Frame, min_side: int | None = None) -> Pixels:
    """The pixels of a frame, (height, width, 3). Raises PhotoError where its JPEG cannot be decoded within the caps.

    With `min_side` a JPEG may be decoded smaller, as long as its short side keeps at least that many pixels.
    """
    if frame.shape is None:
        return np.asarray(decode(frame.data, min_side=min_side, max_pixels=DEFAULT_LIMITS.pixels).image)
    pixels = np.frombuffer(frame.data, np.uint8).reshape(frame.shape)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    colours = pixels[:, :, :3]
    return np.ascontiguousarray(colours[:, :, ::-1] if frame.colour == "bgr" else colours)
