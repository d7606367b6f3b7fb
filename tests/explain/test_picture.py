"""Heat maps as pictures: placed where the network looked, and readable without telling colours apart."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kenali.explain.picture import heat_picture, legend
from kenali.images import preprocess, seen_window
from kenali.types import Preprocessing

GREY = Image.new("RGB", (80, 40), (100, 100, 100))


def test_the_map_is_placed_where_the_network_looked() -> None:
    heat = np.ones((4, 4), np.float32)
    shown = np.asarray(heat_picture(GREY, heat, (20, 0, 60, 40)), np.int64)
    inside, outside = shown[:, 20:60], shown[:, [*range(20), *range(60, 80)]]
    assert (inside[..., 0] > inside[..., 2] + 50).all()
    assert (outside == 55).all()


def test_no_heat_leaves_the_photo_grey() -> None:
    assert (np.asarray(heat_picture(GREY, np.zeros((7, 7), np.float32))) == 100).all()


def test_a_letterbox_reaches_beyond_the_photo() -> None:
    heat = np.zeros((2, 2), np.float32)
    heat[1, 1] = 1
    shown = np.asarray(heat_picture(GREY, heat, (0, -20, 80, 60)), np.int64)
    assert shown.shape == (40, 80, 3)
    assert shown[39, 79, 0] > shown[0, 0, 0]


def test_colours_grow_lighter_with_the_heat() -> None:
    lightness = np.asarray(legend(200, 3).convert("L"), np.int64)[1]
    assert (np.diff(lightness[40:]) >= -1).all()
    assert lightness[-1] > lightness[60] + 80


@pytest.mark.parametrize("resize", ["crop", "squash", "letterbox"])
@pytest.mark.parametrize("size", [(300, 200), (90, 260), (224, 224)])
def test_the_window_is_what_preprocessing_shows(resize: str, size: tuple[int, int]) -> None:
    """A ramp across the photo comes out of preprocessing with the window's own edges at its edges."""
    preprocessing = Preprocessing((64, 64), resize=resize, crop_pct=0.8)  # type: ignore[arg-type]
    left, top, right, bottom = seen_window(size, preprocessing)
    across = np.tile(np.arange(size[0], dtype=np.float64) * 200 / size[0], (size[1], 1))
    down = np.tile(np.arange(size[1], dtype=np.float64)[:, None] * 200 / size[1], (1, size[0]))
    photo = Image.fromarray(np.stack([across, down, 0 * across + 250], axis=-1).round().astype(np.uint8))
    pixels = preprocess(photo, preprocessing).astype(np.float64)
    steps = (np.arange(64) + 0.5) / 64
    inside = pixels[:, :, 2] > 240
    expected_x = (left + steps * (right - left)) * 200 / size[0]
    expected_y = (top + steps * (bottom - top)) * 200 / size[1]
    differences = np.maximum(np.abs(pixels[:, :, 0] - expected_x[None]), np.abs(pixels[:, :, 1] - expected_y[:, None]))
    assert inside.mean() > 0.3
    assert differences[inside].max() < 5
