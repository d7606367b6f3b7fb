"""Frames to pixels: whatever the colour order and the channels, the pixels are the same."""

from __future__ import annotations

import numpy as np
import pytest

from kenali.errors import PhotoError
from kenali.stream.pictures import as_bgr, as_jpeg, rgb
from kenali.stream.values import Frame, Stamp
from tests.conftest import picture

STAMP = Stamp("door", "0123abcd", 0, 0)
PIXELS = np.asarray(picture(3, (24, 40)))


def raw(pixels: np.ndarray, colour: str = "bgr") -> np.ndarray:
    return rgb(Frame(STAMP, pixels.tobytes(), (24, 40), pixels.shape, colour))  # type: ignore[arg-type]


def test_raw_pixels() -> None:
    assert np.array_equal(rgb(Frame(STAMP, as_bgr(PIXELS), (24, 40), (24, 40, 3))), PIXELS)
    assert np.array_equal(raw(PIXELS, "rgb"), PIXELS)
    with_alpha = np.dstack([PIXELS[:, :, ::-1], np.full((24, 40), 7, np.uint8)])
    assert np.array_equal(raw(with_alpha), PIXELS)


@pytest.mark.parametrize("shape", [(24, 40), (24, 40, 1)])
def test_grey_pixels(shape: tuple[int, ...]) -> None:
    grey = PIXELS[:, :, 0]
    assert np.array_equal(raw(grey.reshape(shape)), np.dstack([grey] * 3))


def test_jpegs() -> None:
    pixels = np.asarray(picture(3, (240, 400)))
    seen = rgb(Frame(STAMP, as_jpeg(pixels, 100), (240, 400)))
    assert seen.shape == pixels.shape
    assert np.abs(seen.astype(int) - pixels).mean() < 2


def test_a_broken_jpeg_is_a_photo_error() -> None:
    with pytest.raises(PhotoError):
        rgb(Frame(STAMP, as_jpeg(PIXELS)[:200], (24, 40)))
