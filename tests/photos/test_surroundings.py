"""What lies around the subject is measured there and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from kenali.photos.surroundings import BACKGROUND, BORDER, CORNERS, LENGTH, surroundings
from tests.conftest import picture


def changed(before: Image.Image, after: Image.Image) -> set[str]:
    """Which measures differ between two pictures."""
    moved = surroundings(before) != surroundings(after)
    parts = {"border": BORDER, "corners": CORNERS, "background": BACKGROUND}
    return {name for name, part in parts.items() if moved[part].any()}


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (2, 3), (96, 96), (256, 171)])
def test_every_size_gives_as_many_finite_numbers(size: tuple[int, int]) -> None:
    found = surroundings(picture(1, size))
    assert found.shape == (LENGTH,)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_a_plain_picture() -> None:
    found = surroundings(Image.new("RGB", (100, 80), (10, 20, 30)))
    assert np.allclose(found[BORDER].reshape(-1, 4), [10, 20, 30, 0])
    assert np.allclose(found[CORNERS].reshape(-1, 6), [10, 20, 30, 0, 0, 0])
    assert np.allclose(found[BACKGROUND], [10, 20, 30, 0, 1, 20, 0, 0, 0])


def test_the_middle_does_not_count() -> None:
    before, after = picture(1, (128, 128)), picture(1, (128, 128))
    after.paste(picture(2, (80, 80)), (24, 24))
    assert changed(before, after) == set()


def test_a_frame_a_word_in_the_corner_and_a_light() -> None:
    photo = picture(1, (128, 128))
    framed = ImageOps.expand(photo.crop((5, 5, 123, 123)), 5, "black")
    assert changed(photo, framed) == {"border", "corners", "background"}
    assert np.allclose(surroundings(framed)[BORDER].reshape(-1, 4)[:, :3].max(), 0, atol=60)
    marked = photo.copy()
    ImageDraw.Draw(marked).text((8, 8), "L", fill="white")
    assert "corners" in changed(photo, marked)
    edges = surroundings(marked)[CORNERS].reshape(4, 6)[:, 4] - surroundings(photo)[CORNERS].reshape(4, 6)[:, 4]
    assert edges.argmax() == 0
    light = surroundings(Image.linear_gradient("L").convert("RGB"))[BACKGROUND]  # dark above, bright below
    assert light[7] < -150
    assert abs(light[8]) < 1
