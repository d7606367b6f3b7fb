"""Static copies: drawn alike every time, each of another kind, and each doing what its name says."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from kenali.training.choices import StaticCopies
from kenali.training.copies import Kind, altered, copies_of, draw_copies, kinds_on
from kenali.types import Pixels
from tests.conftest import picture

KEY = hashlib.sha256(b"a photo").hexdigest()
EVERY = StaticCopies(copies=1, mirror=True, upside_down=True, turns=(90, 180, 270), rotation=45, shear=5, brightness=(0.8, 1.2))

choices = st.builds(
    StaticCopies,
    copies=st.integers(0, 20),
    mirror=st.booleans(),
    upside_down=st.booleans(),
    turns=st.sets(st.sampled_from((90, 180, 270))).map(lambda turns: tuple(sorted(turns))),
    rotation=st.floats(0, 180),
    shear=st.floats(0, 89),
    brightness=st.tuples(st.floats(0, 1), st.floats(1, 3)),
)
keys = st.binary(max_size=8).map(lambda data: hashlib.sha256(data).hexdigest())


@settings(max_examples=60, deadline=None)
@example(StaticCopies(copies=20, rotation=1 - 2**-53), 0, KEY)  # just below a value of the grid
@example(StaticCopies(copies=20, brightness=(1, 1.1 - 2**-52)), 0, KEY)
@given(choices, st.integers(0, 2**32), keys)
def test_draws(chosen: StaticCopies, seed: int, key: str) -> None:
    drawn = draw_copies(chosen, seed, key)
    assert drawn == draw_copies(chosen, seed, key)
    assert len(set(drawn)) == len(drawn) <= chosen.copies
    kinds = [kind for kind, _ in drawn]
    on = kinds_on(chosen)
    assert set(kinds) <= set(on)
    assert len(set(kinds[: len(on)])) == len(kinds[: len(on)])  # no kind twice while there are others
    if set(on) & {"rotation", "shear", "brightness"} and chosen.copies <= len(on):
        assert len(drawn) == chosen.copies
    for kind, value in drawn:
        assert value != (1 if kind == "brightness" else 0) or kind in ("mirror", "upside_down")
        assert kind != "rotation" or abs(value) <= chosen.rotation
        assert kind != "shear" or abs(value) <= chosen.shear
        assert kind != "brightness" or chosen.brightness[0] <= value <= chosen.brightness[1]


def test_another_seed_or_photo_draws_otherwise() -> None:
    chosen = EVERY.model_copy(update={"copies": 6})
    other = hashlib.sha256(b"another photo").hexdigest()
    draws = [draw_copies(chosen, 0, KEY), draw_copies(chosen, 1, KEY), draw_copies(chosen, 0, other)]
    assert len({tuple(drawn) for drawn in draws}) == 3


def test_every_kind_is_drawn_about_as_often() -> None:
    photos = [hashlib.sha256(bytes([number % 256, number // 256])).hexdigest() for number in range(600)]
    kinds = [draw_copies(EVERY, 0, photo)[0][0] for photo in photos]
    assert all(60 < kinds.count(kind) < 140 for kind in kinds_on(EVERY))


def test_mirrors_and_turns_run_out() -> None:
    assert draw_copies(StaticCopies(copies=5, mirror=True), 0, KEY) == [("mirror", 0.0)]
    four = draw_copies(StaticCopies(copies=9, upside_down=True, turns=(90, 180, 270)), 0, KEY)
    assert sorted(four) == [("turn", 90.0), ("turn", 180.0), ("turn", 270.0), ("upside_down", 0.0)]
    assert copies_of(picture(1), StaticCopies(copies=3), 0, KEY) == []


def test_copies_hold_what_was_drawn() -> None:
    chosen = EVERY.model_copy(update={"copies": 6})
    photo = picture(1, (40, 60))
    made = copies_of(photo, chosen, 3, KEY)
    assert [(copy.kind, copy.value) for copy in made] == draw_copies(chosen, 3, KEY)
    for copy in made:
        turned = copy.kind == "turn" and copy.value != 180
        assert copy.image.size == ((40, 60) if turned else (60, 40))
        assert copy.image.mode == "RGB"
        assert copy.image.tobytes() != photo.tobytes()


def pixels(kind: Kind, value: float, image: Image.Image) -> Pixels:
    return np.asarray(altered(image, kind, value))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_what_each_kind_does(mode: str) -> None:
    image = picture(2, (41, 61)).convert(mode)
    photo = np.asarray(image)
    assert (pixels("mirror", 0, image) == photo[:, ::-1]).all()
    assert (pixels("upside_down", 0, image) == photo[::-1]).all()
    for quarters in (1, 2, 3):
        assert (pixels("turn", 90 * quarters, image) == np.rot90(photo, -quarters)).all()
    assert pixels("brightness", 0.5, image).mean() == pytest.approx(photo.mean() / 2, rel=0.02)
    turned = pixels("rotation", 90, picture(2, (41, 41)).convert(mode))  # a square turns onto itself: clockwise
    assert np.abs(turned.astype(int) - pixels("turn", 90, picture(2, (41, 41)).convert(mode))).mean() < 4


def test_a_shear_moves_the_top_to_the_right_and_uncovers_black() -> None:
    sheared = pixels("shear", 20, Image.new("L", (60, 40), 255))
    assert sheared[0, 0] == 0 == sheared[-1, -1]
    assert sheared[0, -1] == 255 == sheared[-1, 0]
    assert (sheared[20, 1:-1] == 255).all()
