"""From the bytes of an image file to the pixels a network sees: the only preprocessing in Python.

Decode with an allow-list of formats and a cap on pixels, turn upright by EXIF, lay transparency over white, bring 16-bit
and CMYK to 8-bit RGB; then resize with Pillow's antialiased filter, and crop, squash or letterbox.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from kenali.encoding import Encoding, encoding_of
from kenali.errors import PhotoError
from kenali.types import Pixels, Preprocessing

FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    BmpImagePlugin.BmpImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
    GifImagePlugin.GifImageFile.format,
    PpmImagePlugin.PpmImageFile.format,
)
"""The formats that are decoded. A JPEG with an extra frame, as many phones write, is opened as `MPO`."""

MAX_PIXELS = 89_478_485
"""Larger images are refused before decoding (Pillow's own limit: a quarter of a gigabyte as RGB)."""

MAX_BYTES = 256 * 1024 * 1024
"""Larger files are refused before reading."""

_LETTERBOX_GREY = 114
_FOREIGN = {
    b"%PDF": "PDF",
    b"8BPS": "Photoshop",
    b"<svg": "SVG",
    b"<?xm": "XML or SVG",
    b"\x00\x00\x00\x0cjP": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"II\xbc": "JPEG XR",
    b"\x00\x00\x01\x00": "icon",
}

# What matters about a damaged file becomes a PhotoError; Pillow's remarks on its metadata would only clutter the screen.
warnings.filterwarnings("ignore", module=r"PIL\.")
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """An upright 8-bit RGB image; `size_px` is (height, width) of the full photo, even where a smaller draft was decoded."""

    image: Image.Image
    size_px: tuple[int, int]
    format: str
    encoding: Encoding


def decode(data: bytes, *, min_side: int | None = None, max_pixels: int = MAX_PIXELS) -> DecodedPhoto:
    """Decode the bytes of an image file to upright RGB.

    With `min_side` a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size, as long as its short side keeps at least that
    many pixels: several times faster for large photos. Raises PhotoError with the reason when the file cannot be used,
    MemoryError where there is not enough for it.
    """
    if not data:
        raise PhotoError("empty-file", "the file is empty (0 bytes)")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise _unidentified(data) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoError("too-many-pixels", f"the image has more than {max_pixels:,} pixels") from None
    except MemoryError:
        raise
    except Exception as error:
        raise PhotoError("corrupt", f"the file's header is damaged ({error})") from None
    width, height = image.size
    file_format = image.format or ""
    if width * height > max_pixels:
        raise PhotoError("too-many-pixels", f"{width} x {height} is more than {max_pixels:,} pixels")
    encoding = encoding_of(image, len(data))
    try:
        if file_format != "MPO" and (frames := getattr(image, "n_frames", 1)) > 1:
            raise PhotoError("animated", f"the file holds {frames} frames or pages; save the one to use as its own file")
        if min_side is not None and file_format in ("JPEG", "MPO"):
            image.draft(None, (min_side, min_side))
        image.load()
    except (PhotoError, MemoryError):
        raise
    except OSError as error:
        if "truncated" in str(error).lower():
            raise PhotoError("truncated", "the file ends before the image does") from None
        raise PhotoError("corrupt", f"the image data is damaged ({error})") from None
    except Exception as error:
        raise PhotoError("corrupt", f"the image data is damaged ({error})") from None
    upright = _upright(image)
    turned = (upright.width > upright.height) != (width > height) if image.size != upright.size else False
    return DecodedPhoto(_to_rgb(upright), (width, height) if turned else (height, width), file_format, encoding)


def _unidentified(data: bytes) -> PhotoError:
    """Why Pillow does not know these bytes: another kind of image, a damaged one, or no image at all."""
    head = data[:64]
    if head[4:8] == b"ftyp":
        brand = head[8:12].decode("latin-1")
        kind = "AVIF" if brand.startswith("avi") else "HEIC" if brand[:3] in ("hei", "mif", "msf", "hev") else "video"
        return PhotoError("unsupported-format", f"{kind} files are not read; save it as JPEG or PNG")
    for magic, kind in _FOREIGN.items():
        if head.lstrip().startswith(magic):
            return PhotoError("unsupported-format", f"{kind} files are not read; save it as JPEG or PNG")
    known = (b"\xff\xd8", b"\x89PNG", b"RIFF", b"GIF8", b"BM", b"II*\0", b"MM\0*")
    if head.startswith(known):
        return PhotoError("corrupt", "the file begins like an image, but its header is damaged")
    return PhotoError("not-an-image", "the file is not an image")


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF says nothing about orientation, and the pixels are fine
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB: deep greys scaled, transparency over white, other colour spaces converted."""
    if image.mode.startswith("I;16") or image.mode == "I":
        deep = np.asarray(image).astype(np.int64)
        if deep.size and deep.max() > 255:
            deep = (np.clip(deep, 0, 65535) + 128) // 257
        return Image.fromarray(np.clip(deep, 0, 255).astype(np.uint8)).convert("RGB")
    if image.mode == "F":
        raise PhotoError("unsupported-format", "floating-point pixels are not read; save it as 8-bit or 16-bit")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    try:
        return image if image.mode == "RGB" else image.convert("RGB")
    except (ValueError, OSError, struct.error) as error:
        raise PhotoError("unsupported-format", f"the colour mode {image.mode} is not read ({error})") from None


def draft_side(preprocessing: Preprocessing) -> int:
    """The `min_side` for `decode` that leaves at least twice the pixels that `preprocessing` resizes to, and 512 at least.

    The latter makes the scan's measures, which are remembered, the same whatever network is trained.
    """
    return max(512, 2 * max(_scaled_size(preprocessing)))


def preprocess(image: Image.Image, preprocessing: Preprocessing) -> Pixels:
    """The pixels a network sees: uint8 (height, width, channels), RGB or grey, 0..255."""
    height, width = preprocessing.image_size
    resample = Image.Resampling[preprocessing.interpolation.upper()]
    if preprocessing.channels == 1:
        image = image.convert("L")
    if preprocessing.resize == "squash":
        image = _resized(image, (width, height), resample)
    elif preprocessing.resize == "letterbox":
        image = _letterbox(image, height, width, resample)
    else:
        image = _centre_crop(image, preprocessing, resample)
    pixels = np.asarray(image)
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def _scaled_size(preprocessing: Preprocessing) -> tuple[int, int]:
    """(height, width) that a photo must cover before the centre is cut."""
    height, width = preprocessing.image_size
    if preprocessing.resize != "crop":
        return height, width
    return round(height / preprocessing.crop_pct), round(width / preprocessing.crop_pct)


def seen_window(size: tuple[int, int], preprocessing: Preprocessing) -> tuple[float, float, float, float]:
    """What the network sees of a photo of `size` (width, height): (left, top, right, bottom) in the photo's pixels.

    A letterbox reaches beyond the photo by its grey margins.
    """
    width, height = size
    target_height, target_width = preprocessing.image_size
    if preprocessing.resize == "squash":
        return 0.0, 0.0, float(width), float(height)
    if preprocessing.resize == "letterbox":
        scale = max(width / target_width, height / target_height)
        left, top = (width - target_width * scale) / 2, (height - target_height * scale) / 2
    else:
        full_height, full_width = _scaled_size(preprocessing)
        scale = min(width / full_width, height / full_height)
        left, top = max(0.0, (width - target_width * scale) / 2), max(0.0, (height - target_height * scale) / 2)
    return left, top, width - left, height - top


def _centre_crop(image: Image.Image, preprocessing: Preprocessing, resample: Image.Resampling) -> Image.Image:
    """Scale and cut in one step: the centre window of the photo is resized straight to the target."""
    height, width = preprocessing.image_size
    return _resized(image, (width, height), resample, seen_window(image.size, preprocessing))


def _letterbox(image: Image.Image, height: int, width: int, resample: Image.Resampling) -> Image.Image:
    scale = min(width / image.width, height / image.height)
    inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    grey = _LETTERBOX_GREY if image.mode == "L" else (_LETTERBOX_GREY,) * 3
    ground = Image.new(image.mode, (width, height), grey)
    ground.paste(_resized(image, inner, resample), ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return ground


def _resized(
    image: Image.Image,
    size: tuple[int, int],
    resample: Image.Resampling,
    box: tuple[float, float, float, float] | None = None,
) -> Image.Image:
    """Pillow's resize, always along the rows first and then along the columns, which decides the last bits.

    Pillow 13 takes the columns of tall photos first, so that bundles would not replay under both.
    """
    width, height = size
    left, top, right, bottom = box or (0, 0, image.width, image.height)
    if image.height - height > max(0, 2 * (image.width - width)):
        image = image.resize((width, image.height), resample, box=(left, 0, right, image.height))
        left, right = 0, width
    return image.resize(size, resample, box=(left, top, right, bottom))
