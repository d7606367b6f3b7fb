"""Decoding and preprocessing, against Pillow and NumPy as oracles."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kenali.errors import PhotoError
from kenali.images import MAX_PIXELS, decode, draft_side, preprocess
from kenali.types import Pixels, Preprocessing


def textured(height: int, width: int, seed: int = 0) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def test_png_decodes_to_its_own_pixels() -> None:
    image = textured(40, 60)
    decoded = decode(encoded(image))
    assert decoded.size_px == (40, 60)
    assert decoded.format == "PNG"
    assert np.array_equal(np.asarray(decoded.image), np.asarray(image))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_photo_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode(encoded(textured(40, 60), "JPEG", exif=exif.tobytes()))
    assert decoded.size_px == ((60, 40) if orientation >= 5 else (40, 60))
    assert (decoded.image.height, decoded.image.width) == decoded.size_px


def test_transparency_is_laid_over_white() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert decode(encoded(clear)).image.getpixel((1, 1)) == (255, 255, 255)
    half = Image.new("LA", (4, 4), (0, 128))
    assert decode(encoded(half)).image.getpixel((1, 1)) == (127, 127, 127)


def test_sixteen_bit_grey_is_scaled_and_not_clipped() -> None:
    deep = np.array([[0, 257, 32896, 65535]], np.uint16)
    grey = np.asarray(decode(encoded(Image.fromarray(deep))).image)[0, :, 0]
    assert grey.tolist() == [0, 1, 128, 255]


def test_cmyk_becomes_rgb() -> None:
    assert decode(encoded(textured(16, 16).convert("CMYK"), "JPEG")).image.mode == "RGB"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty-file"),
        (b"hello, this is text", "not-an-image"),
        (b"%PDF-1.7 ...", "unsupported-format"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "unsupported-format"),
        (b"\x89PNG\r\n\x1a\nrubbish", "corrupt"),
        (encoded(textured(64, 64), "JPEG")[:900], "truncated"),
        (encoded(textured(64, 64), "GIF", save_all=True, append_images=[textured(64, 64, 1)]), "animated"),
    ],
)
def test_unusable_bytes_give_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PhotoError) as caught:
        decode(data)
    assert caught.value.reason == reason
    assert "\n" not in caught.value.detail


def test_a_pixel_bomb_is_refused_before_decoding() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    bomb = encoded(Image.new("1", (side, side)))
    assert len(bomb) < 20_000
    with pytest.raises(PhotoError) as caught:
        decode(bomb)
    assert caught.value.reason == "too-many-pixels"


@given(st.data())
def test_damaged_bytes_never_raise_anything_but_photo_error(data: st.DataObject) -> None:
    file_format = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]))
    whole = bytearray(encoded(textured(24, 24), file_format))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    try:
        decoded = decode(bytes(whole[:cut]))
    except PhotoError:
        return
    assert decoded.image.mode == "RGB"


def test_a_draft_keeps_at_least_the_asked_side() -> None:
    large = encoded(textured(1200, 1600), "JPEG", quality=90)
    draft = decode(large, min_side=512)
    assert draft.size_px == (1200, 1600)
    assert 512 <= min(draft.image.size) < 1200


def plain_resize(image: Image.Image, side: int) -> Pixels:
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR))


def test_squash_is_pillows_antialiased_resize() -> None:
    image = textured(50, 90)
    pixels = preprocess(image, Preprocessing((32, 32), resize="squash"))
    assert np.array_equal(pixels, plain_resize(image, 32))


def test_tall_photos_give_the_same_bytes_under_every_pillow() -> None:
    image = textured(90, 50)
    pixels = preprocess(image, Preprocessing((32, 32), resize="squash"))
    rows = image.resize((32, 90), Image.Resampling.BILINEAR)
    assert np.array_equal(pixels, plain_resize(rows, 32))
    assert np.abs(pixels.astype(int) - plain_resize(image, 32)).max() <= 1


def test_crop_takes_the_centre_square() -> None:
    image = textured(60, 100)
    pixels = preprocess(image, Preprocessing((30, 30), crop_pct=1.0))
    whole = image.resize((50, 30), Image.Resampling.BILINEAR)
    assert np.array_equal(pixels, np.asarray(whole)[:, 10:40])


def test_letterbox_keeps_the_aspect() -> None:
    pixels = preprocess(Image.new("RGB", (80, 40), "red"), Preprocessing((20, 20), resize="letterbox"))
    assert pixels[0, 0].tolist() == [114, 114, 114]
    assert pixels[10, 10].tolist() == [255, 0, 0]


@given(st.integers(1, 700), st.integers(1, 700), st.sampled_from(["crop", "squash", "letterbox"]), st.sampled_from([1, 3]))
def test_every_size_gives_the_asked_shape(height: int, width: int, resize: str, channels: int) -> None:
    preprocessing = Preprocessing((24, 32), resize=resize, channels=channels)  # type: ignore[arg-type]
    pixels = preprocess(Image.new("RGB", (width, height)), preprocessing)
    assert pixels.shape == (24, 32, channels)
    assert pixels.dtype == np.uint8


def test_the_draft_side_covers_twice_the_scaled_photo() -> None:
    assert draft_side(Preprocessing((224, 224), crop_pct=0.875)) == 512
