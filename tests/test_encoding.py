"""What the header of a file tells about how it was made, whatever stands in it."""

from __future__ import annotations

import io

import pytest
from PIL import ExifTags, Image

from kenali.encoding import Encoding
from kenali.images import decode
from tests.conftest import encoded, picture


def encoding(data: bytes) -> Encoding:
    return decode(data).encoding


def with_exif(**tags: str) -> bytes:
    exif = Image.Exif()
    for name, value in tags.items():
        exif[ExifTags.Base[name]] = value
    return encoded(picture(1), exif=exif)


def test_quality_shows_in_the_steps_and_colour_in_the_sampling() -> None:
    fine, coarse = encoding(encoded(picture(1), quality=95)), encoding(encoded(picture(1), quality=50))
    assert fine.steps[0] < 6 < 50 < coarse.steps[0]
    assert fine.traits == ("colour pixels", "4:2:0", "JFIF")
    grey = encoding(encoded(picture(1).convert("L")))
    assert (grey.traits[0], grey.steps[1]) == ("grey pixels", 0)
    assert "4:4:4" in encoding(encoded(picture(1), subsampling=0, progressive=True)).traits
    assert "progressive" in encoding(encoded(picture(1), subsampling=0, progressive=True)).traits


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM"])
def test_other_formats_have_no_steps(file_format: str) -> None:
    data = encoded(picture(1), file_format)
    found = encoding(data)
    assert (found.file_bytes, found.steps) == (len(data), (0.0, 0.0))
    assert found.traits


def test_camera_and_program_are_named_on_one_line() -> None:
    assert {"EXIF", "camera NIKON D90", "program GIMP"} <= set(
        encoding(with_exif(Make="NIKON", Model="D90", Software="GIMP")).traits
    )
    (camera,) = (name for name in encoding(with_exif(Model="a\nb\x1b[31m" + "c" * 999)).traits if name.startswith("camera"))
    assert camera.startswith("camera a b [31mccc")
    assert len(camera) == len("camera ") + 40


def test_resolution_profile_and_damaged_exif() -> None:
    assert "300 dpi" in encoding(encoded(picture(1), dpi=(300, 300))).traits
    assert "ICC profile" in encoding(encoded(picture(1), icc_profile=b"x" * 200)).traits
    assert "EXIF" in encoding(encoded(picture(1), exif=b"Exif\0\0MM\0*\0\0\0\xffgarbage")).traits


def test_the_header_is_read_from_a_draft_too() -> None:
    data = encoded(picture(1, (900, 700)))
    assert decode(data, min_side=100).encoding == decode(data).encoding
    assert io.BytesIO(data).getbuffer().nbytes == decode(data).encoding.file_bytes
