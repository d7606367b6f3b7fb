"""Draws the golden pictures and writes down what Python makes of them, for Python and the page to be held to.

    python -m tests.golden.draw

`pictures/` holds PNGs of every kind, `refused/` files that must be refused, and `expected.json` says what for, or which
bytes come out: run this again only where the preprocessing is meant to change.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kenali.errors import PhotoError
from kenali.images import decode, draft_side, preprocess, seen_window
from kenali.types import Pixels, Preprocessing
from tests.golden.png import GREY, GREY_ALPHA, PALETTE, RGB, RGB_ALPHA, SIGNATURE, Samples, chunk, header, png

FOLDER = Path(__file__).parent
EXPECTED = FOLDER / "expected.json"
_SHOWN = 200  # pixels up to this many bytes are written out, larger ones as a checksum alone

TEXTURED = {"wide": (61, 97), "tall": (150, 41), "square": (64, 64), "small": (5, 7), "dot": (1, 1), "line": (1, 40)}
"""Height and width of the pictures that are resized."""

PREPROCESSINGS = tuple(
    Preprocessing(size, resize, crop_pct, interpolation, channels)  # type: ignore[arg-type]
    for (size, resize, crop_pct), interpolation, channels in product(
        (
            ((8, 8), "crop", 1.0),
            ((24, 32), "crop", 0.94),
            ((29, 13), "crop", 0.37),
            ((96, 96), "crop", 0.875),
            ((8, 8), "squash", 1.0),
            ((61, 97), "squash", 0.5),
            ((41, 150), "squash", 1.0),
            ((64, 20), "squash", 1.0),
            ((16, 16), "letterbox", 1.0),
            ((33, 70), "letterbox", 1.0),
        ),
        ("bilinear", "bicubic"),
        (3, 1),
    )
)


def main() -> None:
    for kind, files in (("pictures", pictures()), ("refused", refused())):
        folder = FOLDER / kind
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, data in files.items():
            (folder / name).write_bytes(data)
    lines = ",\n".join(f' "{key}": [\n  ' + ",\n  ".join(map(json.dumps, rows)) + "\n ]" for key, rows in expected().items())
    EXPECTED.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def expected() -> dict[str, list[dict[str, Any]]]:
    """What Python makes of the files that are there."""
    names = sorted(path.name for path in (FOLDER / "pictures").iterdir())
    return {
        "pictures": [decoded(name) for name in names],
        "preprocessings": [asdict(one) for one in PREPROCESSINGS],
        "pixels": [
            {"file": f"{name}.png", "preprocessing": number, **summary(preprocess(image, one))}
            for name, image in ((name, picture(f"{name}.png")) for name in TEXTURED)
            for number, one in enumerate(PREPROCESSINGS)
        ],
        "windows": [
            {"size": size, "preprocessing": number, "window": seen_window(size, one), "draft": draft_side(one)}
            for size in ((4032, 3024), (97, 61), (1, 40), (500, 501))
            for number, one in enumerate(PREPROCESSINGS)
            if number % 4 == 0
        ],
        "refused": [{"file": path.name, **refusal(path)} for path in sorted((FOLDER / "refused").iterdir())],
    }


def picture(name: str) -> Image.Image:
    return decode((FOLDER / "pictures" / name).read_bytes()).image


def decoded(name: str) -> dict[str, Any]:
    """A picture's upright size and pixels."""
    image = picture(name)
    return {"file": name, "width": image.width, "height": image.height, **summary(np.asarray(image))}


def summary(pixels: Pixels) -> dict[str, str]:
    raw = pixels.tobytes()
    shown = {"hex": raw.hex()} if len(raw) <= _SHOWN else {}
    return {"sha256": hashlib.sha256(raw).hexdigest(), **shown}


def refusal(path: Path) -> dict[str, str]:
    """Why a file cannot be used."""
    try:
        decode(path.read_bytes())
    except PhotoError as error:
        return {"code": error.reason, "detail": error.detail}
    return {"code": "", "detail": ""}


def textured(height: int, width: int, channels: int = 3, depth: int = 8) -> Samples:
    """Smooth waves with a little noise: samples (h, w, c) below 2 ** depth."""
    generator = np.random.default_rng(height * 1000 + width + 10 * channels + depth)
    y, x, c = np.mgrid[:height, :width, :channels]
    wave = np.sin(x / (3 + 2 * c) + y / 11) + np.cos(y / (4 + c) - x / 13)
    level = 0.5 + 0.22 * wave + 0.06 * generator.standard_normal(wave.shape)
    samples: Samples = (np.clip(level, 0, 1) * (2**depth - 1)).round().astype(np.uint16)
    return samples


def pictures() -> dict[str, bytes]:
    """PNGs by name: textured ones, every colour type and depth, transparency, and every orientation."""
    files = {name: png(textured(*size), RGB, pieces=3) for name, size in TEXTURED.items()}
    kinds = (
        *(("grey", GREY, 1, depth) for depth in (1, 2, 4, 8, 16)),
        *(("rgb", RGB, 3, depth) for depth in (8, 16)),
        *(("grey-alpha", GREY_ALPHA, 2, depth) for depth in (8, 16)),
        *(("rgb-alpha", RGB_ALPHA, 4, depth) for depth in (8, 16)),
        *(("palette", PALETTE, 1, depth) for depth in (1, 2, 4, 8)),
    )
    for name, colour, channels, depth in kinds:
        before = [palette(2**depth)] if colour == PALETTE else []
        for interlaced in (False, True):
            samples = textured(19, 13, channels, depth)
            files[f"{name}-{depth}{'-interlaced' if interlaced else ''}"] = png(
                samples, colour, depth, interlaced=interlaced, before=before
            )
    for side in range(1, 6):
        files[f"interlaced-{side}"] = png(textured(6 - side, side), RGB, interlaced=True)
    files |= transparent() | oriented()
    stream = chunk(b"IDAT", zlib.compress(bytes([0, *range(200, 210)] * 11)))
    files["few-rows"] = SIGNATURE + header(10, 20, 8, GREY) + stream + chunk(b"IEND")
    files["few-colours"] = png(textured(9, 9, 1, 8), PALETTE, before=[palette(100)])
    files["grey-16-dark"] = png(textured(9, 9, 1, 8), GREY, 16)
    files["profile"] = png(textured(9, 9), RGB, before=[chunk(b"gAMA", struct.pack(">I", 100000)), chunk(b"sRGB", b"\0")])
    return {f"{name}.png": data for name, data in sorted(files.items())}


def transparent() -> dict[str, bytes]:
    """One colour, some entries of a palette, or one of them, made transparent."""
    files = {}
    for depth in (1, 2, 4, 8, 16):
        samples = textured(9, 9, 1, depth)
        files[f"clear-grey-{depth}"] = png(samples, GREY, depth, before=[chunk(b"tRNS", struct.pack(">H", samples[4, 4, 0]))])
    for depth in (8, 16):
        samples = textured(9, 9, 3, depth)
        samples[:4, :4] = samples[4, 4] = 0x21 * (257 if depth == 16 else 1)
        files[f"clear-rgb-{depth}"] = png(samples, RGB, depth, before=[chunk(b"tRNS", struct.pack(">3H", *samples[4, 4]))])
    for name, alphas in {"one": b"\xff\x00\xff", "some": bytes(range(0, 255, 17)), "two": b"\x00\x80"}.items():
        files[f"clear-palette-{name}"] = png(textured(9, 9, 1, 4), PALETTE, 4, before=[palette(16), chunk(b"tRNS", alphas)])
    return files


def palette(colours: int) -> bytes:
    generator = np.random.default_rng(colours)
    return chunk(b"PLTE", generator.integers(0, 256, 3 * colours, dtype=np.uint8).tobytes())


def oriented() -> dict[str, bytes]:
    """Every orientation by EXIF, some by what other programs write."""
    samples = textured(4, 7)
    files = {f"orientation-{number}": png(samples, RGB, before=[chunk(b"eXIf", exif(number))]) for number in range(10)}
    files["orientation-big-endian"] = png(samples, RGB, before=[chunk(b"eXIf", exif(6, ">"))])
    files["orientation-after"] = png(samples, RGB, after=[chunk(b"eXIf", exif(8))])
    files["orientation-damaged"] = png(samples, RGB, before=[chunk(b"eXIf", exif(6)[:12])])
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="3"/></x:xmpmeta>'
    files["orientation-xmp"] = png(samples, RGB, before=[chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)])
    hexadecimal = exif(6).hex()
    profile = f"\nexif\n{len(exif(6)):8}\n{hexadecimal[:72]}\n{hexadecimal[72:]}\n".encode()
    files["orientation-raw"] = png(samples, RGB, before=[chunk(b"tEXt", b"Raw profile type exif\0" + profile)])
    packed = b"Raw profile type exif\0\0" + zlib.compress(profile)
    files["orientation-raw-packed"] = png(samples, RGB, before=[chunk(b"zTXt", packed)])
    return files


def exif(orientation: int, order: str = "<") -> bytes:
    """A TIFF block with a camera's name and an orientation."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(order + "HHI4s", 0x010F, 2, 4, b"Cam\0") + struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return start + struct.pack(order + "IH", 8, 2) + entries + bytes(4)


def refused() -> dict[str, bytes]:
    """Files that cannot be used, each for one reason."""
    whole = png(textured(30, 30), RGB)
    flat = png(np.zeros((9, 9, 3), np.uint16), RGB)
    photo, moving = _saved("JPEG"), _saved("GIF", save_all=True, append_images=[Image.new("RGB", (12, 12), "blue")])
    idat = whole.index(b"IDAT")
    pixels = zlib.compress(bytes(10 * 31))
    return {
        "empty.png": b"",
        "text.jpg": b"hello, this is text",
        "portable.jpg": b"%PDF-1.7 ...",
        "heic.jpg": b"\0\0\0\x18ftypheic" + b"\0" * 40,
        "avif.jpg": b"\0\0\0\x18ftypavif" + b"\0" * 40,
        "video.jpg": b"\0\0\0\x18ftypisom" + b"\0" * 40,
        "drawing.png": b"  <svg xmlns='http://www.w3.org/2000/svg'/>",
        "icon.png": b"\0\0\1\0\1\0" + b"\0" * 40,
        "rubbish.png": b"\x89PNG\r\n\x1a\nrubbish",
        "rubbish.jpg": b"\xff\xd8\xff rubbish",
        "rubbish.webp": b"RIFF\x10\0\0\0WEBPrubbish!",
        "cut-header.png": whole[:28],
        "cut-pixels.png": whole[: idat + 200],
        "cut-early.png": whole[: idat + 6],
        "short-stream.png": SIGNATURE
        + header(10, 20, 8, GREY)
        + chunk(b"IDAT", zlib.compress(bytes(99))[:-8])
        + chunk(b"IEND"),
        "no-pixels.png": SIGNATURE + header(10, 20, 8, GREY) + chunk(b"IEND"),
        "wrong-sum.png": whole[:17] + b"\1" + whole[18:],
        "damaged-pixels.png": whole[: idat + 60] + bytes(40) + whole[idat + 100 :],
        "wrong-depth.png": SIGNATURE + header(10, 10, 3, GREY) + chunk(b"IDAT", pixels) + chunk(b"IEND"),
        "no-width.png": SIGNATURE + header(0, 10, 8, GREY) + chunk(b"IDAT", pixels) + chunk(b"IEND"),
        "bomb.png": SIGNATURE + header(9460, 9460, 1, GREY) + chunk(b"IDAT", pixels) + chunk(b"IEND"),
        "wrong-filter.png": SIGNATURE + header(3, 1, 8, GREY) + chunk(b"IDAT", zlib.compress(b"\7abc")) + chunk(b"IEND"),
        "moving.png": flat.replace(chunk(b"IEND"), b"").replace(
            flat[33:41], chunk(b"acTL", struct.pack(">II", 2, 0)) + _frame(0, 9, 9) + flat[33:41]
        )
        + _frame(1, 9, 9)
        + chunk(b"fdAT", struct.pack(">I", 2) + zlib.compress(bytes(9 * 28)))
        + chunk(b"IEND"),
        "cut.jpg": photo[:-40],
        "cut-header.jpg": photo[:60],
        "no-end.jpg": photo[:-2],
        "moving.gif": moving,
        "moving.webp": _saved("WEBP", save_all=True, append_images=[Image.new("RGB", (12, 12), "blue")]),
        "cut.webp": _saved("WEBP")[:-20],
        "cut.gif": _saved("GIF")[:-80],
        "cut-photo.png": whole[:-40],
        "cut-header.gif": _saved("GIF")[:9],
    }


def _frame(number: int, width: int, height: int) -> bytes:
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, width, height, 0, 0, 1, 10, 0, 0))


def _saved(file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(textured(12, 12).astype(np.uint8)).save(buffer, file_format, **options)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
