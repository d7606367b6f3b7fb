"""Every format that the browser decodes reaches the network as Python's pixels: the page answers as for Python's PNG."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms

from kenali.images import decode
from tests.e2e.conftest import Visitor
from tests.e2e.photos import photograph

EXACT = 1e-6
NOISE = 0.01
"""What the reduction of a large JPEG, and mixing with white in other arithmetic, may move a probability by."""


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    """Brick beside grass, so that no class is certain."""
    mixed = photograph("brick.png").resize((301, 211))
    mixed.paste(photograph("grass.png").resize((301, 211)).crop((150, 0, 301, 211)), (150, 0))
    return mixed


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def swapped_profile() -> bytes:
    """A colour profile under which red and green change places."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"....").replace(b"gXYZ", b"rXYZ").replace(b"....", b"gXYZ")


def exact_files(photo: Image.Image) -> dict[str, bytes]:
    """Files that browsers and Python decode to the same bytes."""
    few = photo.quantize(200)
    return {
        **{f"turned-{n}.jpg": saved(photo, "JPEG", exif=turned(n), quality=90) for n in range(1, 9)},
        **{f"turned-{n}.png": saved(photo, "PNG", exif=turned(n)) for n in (3, 6)},
        **{f"turned-{n}.webp": saved(photo, "WEBP", exif=turned(n), quality=90) for n in (4, 8)},
        "xmp.jpg": saved(photo, "JPEG", xmp=b'<x tiff:Orientation="6"/>'),
        "profile.jpg": saved(photo, "JPEG", icc_profile=swapped_profile()),
        "profile.webp": saved(photo, "WEBP", icc_profile=swapped_profile()),
        "profile.png": saved(photo, "PNG", icc_profile=swapped_profile()),
        "progressive.jpg": saved(photo, "JPEG", progressive=True, subsampling=0),
        "grey.jpg": saved(photo.convert("L"), "JPEG"),
        "inks.jpg": saved(photo.convert("CMYK"), "JPEG"),
        "two.jpg": saved(photo, "MPO", save_all=True, append_images=[photo.resize((60, 40))]),
        "lossless.webp": saved(photo, "WEBP", lossless=True),
        "plain.bmp": saved(photo, "BMP"),
        "few.bmp": saved(few, "BMP"),
        "few.gif": saved(few, "GIF"),
        "clear.gif": saved(few, "GIF", transparency=5),
        "clear.png": saved(few, "PNG", transparency=5),
    }


def noisy_files(photo: Image.Image) -> dict[str, bytes]:
    veiled = photo.copy()
    veiled.putalpha(Image.linear_gradient("L").resize(photo.size))
    large = photo.resize((2107, 1477), Image.Resampling.BICUBIC)
    return {
        "veiled.webp": saved(veiled, "WEBP", lossless=True),
        "large.jpg": saved(large, "JPEG", quality=90, exif=turned(6)),
        "huge.jpg": saved(large.resize((4214, 2954)), "JPEG", quality=90),
    }


@pytest.mark.parametrize(("files", "tolerance"), [(exact_files, EXACT), (noisy_files, NOISE)])
def test_the_page_sees_what_python_sees(
    visit: Callable[..., Visitor],
    photo: Image.Image,
    files: Callable[[Image.Image], dict[str, bytes]],
    tolerance: float,
) -> None:
    visitor = visit()
    visitor.open()
    given = files(photo)
    minimum = 512 if files is noisy_files else None
    plain = [(f"{name}.png", saved(decode(data, min_side=minimum).image, "PNG")) for name, data in given.items()]
    lines = visitor.offer(*given.items())
    twins = visitor.offer(*plain)
    for line, twin in zip(lines, twins, strict=True):
        assert line["state"] == twin["state"] == "done", line
        assert abs(float(line["confidence"]) - float(twin["confidence"])) <= tolerance, line["name"]


def test_what_only_python_reads_is_refused_in_a_sentence(visit: Callable[..., Visitor], photo: Image.Image) -> None:
    visitor = visit()
    visitor.open()
    lines = visitor.offer(("scan.tiff", saved(photo, "TIFF")), ("plain.ppm", saved(photo, "PPM")))
    assert [line["code"] for line in lines] == ["unsupported-format", "unsupported-format"]
