"""Appearance: five measures that compare between sizes, and that the scan's facts give alike."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from kenali.appearance import appearance
from kenali.images import decode
from kenali.photos.audit import PhotoFacts, examine
from tests.conftest import encoded, picture

PHOTO = picture(1, (300, 400))


def test_the_scan_and_a_server_measure_alike() -> None:
    decoded = decode(encoded(PHOTO, "PNG"))
    facts = PhotoFacts.from_bytes(examine(decoded).to_bytes())
    assert astuple(facts.appearance) == pytest.approx(astuple(appearance(decoded.image)), rel=1e-6)


def test_each_measure_answers_to_what_it_is_called_after() -> None:
    own = appearance(PHOTO)
    assert appearance(ImageEnhance.Brightness(PHOTO).enhance(0.5)).brightness == pytest.approx(own.brightness / 2, abs=0.02)
    assert appearance(ImageEnhance.Contrast(PHOTO).enhance(0.5)).contrast < 0.6 * own.contrast
    grain = Image.effect_noise((400, 300), 80).convert("RGB")
    assert appearance(grain.filter(ImageFilter.GaussianBlur(3))).sharpness < 0.5 * appearance(grain).sharpness
    assert appearance(PHOTO.convert("L").convert("RGB")).colour == 0
    red, green, blue = PHOTO.split()
    assert appearance(Image.merge("RGB", (red, green, blue.point(lambda value: value // 2)))).warmth > own.warmth + 0.1


def test_a_photo_of_one_pixel_has_measures() -> None:
    assert appearance(Image.new("RGB", (1, 1), "white")).sharpness == 0
