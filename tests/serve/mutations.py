"""Image files that were damaged on purpose: every format that Kenali reads, in many variants, as faults and attackers do.

A mutant follows from its number alone, so that a finding can be drawn again.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from tests.conftest import encoded, picture

GOLDEN = Path(__file__).parents[1] / "golden"
HEADER_BYTES = 512
ODD_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

Change = Callable[[random.Random, bytearray], bytearray]


@cache
def whole_files() -> tuple[bytes, ...]:
    """Files to damage, a hundred and more, most of them small so that many can be tried."""
    small, large = picture(1, (40, 52)), picture(2, (700, 900))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    clear = small.convert("RGBA")
    clear.putalpha(picture(3, (40, 52)).convert("L"))
    deep = small.convert("L").convert("I;16")
    found = [
        *(encoded(small, "JPEG", **options) for options in JPEG_OPTIONS),
        encoded(small, "JPEG", exif=exif.tobytes()),
        encoded(small.convert("CMYK"), "JPEG"),
        encoded(small.convert("L"), "JPEG"),
        encoded(large, "JPEG"),
        encoded(large, "JPEG", progressive=True),
        encoded(small, "MPO"),
        *(encoded(small.convert(mode), "PNG") for mode in ("1", "L", "P", "RGB")),
        encoded(clear, "PNG", exif=exif.tobytes(), dpi=(72, 72)),
        encoded(deep, "PNG"),
        encoded(small.convert("P"), "PNG", transparency=3),
        *(path.read_bytes() for path in sorted(GOLDEN.glob("pictures/*.png")) if path.stat().st_size < 20_000),
        *(encoded(small, "WEBP", **options) for options in ({}, {"lossless": True}, {"exif": exif.tobytes()}, {"quality": 5})),
        encoded(clear, "WEBP"),
        encoded(clear, "WEBP", lossless=True),
        *(encoded(small.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB")),
        encoded(clear, "BMP"),
        *(encoded(small, "TIFF", compression=name) for name in TIFF_COMPRESSIONS),
        *(encoded(small.convert("1"), "TIFF", compression=name) for name in ("group3", "group4", "raw", "packbits")),
        *(encoded(small.convert(mode), "TIFF") for mode in ("L", "P", "CMYK", "LAB", "YCbCr", "F", "I")),
        encoded(clear, "TIFF", compression="tiff_lzw"),
        encoded(deep, "TIFF", compression="tiff_adobe_deflate"),
        encoded(small, "TIFF", exif=exif.tobytes()),
        encoded(small.convert("P"), "GIF"),
        encoded(small.convert("P"), "GIF", transparency=1, comment=b"comment"),
        encoded(small, "GIF", interlace=0),
        *(encoded(small.convert(mode), "PPM") for mode in ("1", "L", "RGB")),
        encoded(deep, "PPM"),
        b"P3\n# plain\n3 2\n255\n" + b" ".join(str(n * 14).encode() for n in range(18)),
        b"P2 4 2 15 " + b" ".join(str(n).encode() for n in range(8)),
        b"P1 4 2 10101010",
        b"Pf\n2 2\n-1.0\n" + struct.pack("<4f", 0, 0.5, 1, 2),
        *(encoded(small, name, save_all=True, append_images=[picture(4, (40, 52))]) for name in ("GIF", "PNG", "WEBP", "TIFF")),
    ]
    return tuple(found)


JPEG_OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"progressive": True},
    {"subsampling": 0},
    {"subsampling": 1, "quality": 20},
    {"restart_marker_rows": 1},
    {"comment": b"comment", "dpi": (72, 72)},
)
TIFF_COMPRESSIONS = ("raw", "packbits", "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "jpeg")


def mutant(number: int) -> bytes:
    """The damaged file of that number."""
    chance = random.Random(number)
    data = bytearray(chance.choice(whole_files()))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if data:
            data = chance.choice(CHANGES)(chance, data)
    if chance.random() < 0.7 and data.startswith(b"\x89PNG"):
        _repair(data)
    return bytes(data)


def _place(chance: random.Random, data: bytearray) -> int:
    """Half of all changes hit the header."""
    return chance.randrange(min(len(data), HEADER_BYTES)) if chance.random() < 0.5 else chance.randrange(len(data))


def _flip_bits(chance: random.Random, data: bytearray) -> bytearray:
    for _ in range(chance.choice((1, 1, 2, 4, 16, 64))):
        data[_place(chance, data)] ^= 1 << chance.randrange(8)
    return data


def _set_bytes(chance: random.Random, data: bytearray) -> bytearray:
    at = _place(chance, data)
    for place in range(at, min(len(data), at + chance.choice((1, 2, 4, 30)))):
        data[place] = chance.choice((0, 0xFF, chance.randrange(256)))
    return data


def _truncate(chance: random.Random, data: bytearray) -> bytearray:
    return data[: _place(chance, data)]


def _splice(chance: random.Random, data: bytearray) -> bytearray:
    """A stretch of another file in place of one of this."""
    other = chance.choice(whole_files())
    begin = chance.randrange(len(other))
    at = _place(chance, data)
    data[at : at + chance.randrange(200)] = other[begin : begin + chance.randrange(1, 400)]
    return data


def _delete(chance: random.Random, data: bytearray) -> bytearray:
    at = _place(chance, data)
    del data[at : at + chance.randrange(1, 100)]
    return data


def _repeat(chance: random.Random, data: bytearray) -> bytearray:
    at = _place(chance, data)
    stretch = data[at : at + chance.randrange(1, 200)]
    data[at:at] = stretch * chance.choice((1, 2, 50))
    return data


def _odd_number(chance: random.Random, data: bytearray) -> bytearray:
    """A number of the header that is at or beyond the end of what fits: widths, counts, depths, offsets."""
    layout = chance.choice(("<H", ">H", "<I", ">I"))
    size = struct.calcsize(layout)
    at = _place(chance, data)
    if at + size <= len(data):
        struct.pack_into(layout, data, at, chance.choice(ODD_NUMBERS) % 256**size)
    return data


def _giant(chance: random.Random, data: bytearray) -> bytearray:
    """Another width and height, where the format keeps them."""
    wide, high = (chance.choice((0, 1, 50, 3000, 20_000, 65_535, 10**6, 2**31 - 1, 2**32 - 1)) for _ in range(2))
    if data.startswith(b"\x89PNG") and len(data) > 24:
        struct.pack_into(">II", data, 16, wide, high)
        _repair(data)
    elif data.startswith(b"\xff\xd8"):
        at = next((place for mark in (b"\xff\xc0", b"\xff\xc2") if (place := data.find(mark)) > 0), -1)
        if 0 < at < len(data) - 9:
            struct.pack_into(">HH", data, at + 5, high % 65_536, wide % 65_536)
    elif data.startswith(b"GIF") and len(data) > 10:
        struct.pack_into("<HH", data, 6, wide % 65_536, high % 65_536)
        at = data.find(b",", 10)
        if 0 < at < len(data) - 9:
            struct.pack_into("<HH", data, at + 5, wide % 65_536, high % 65_536)
    elif data.startswith(b"BM") and len(data) > 26:
        struct.pack_into("<II", data, 18, wide, high)
    elif data.startswith((b"II*\0", b"MM\0*")):
        order = "<" if data.startswith(b"II") else ">"
        for tag, value in ((256, wide), (257, high), (278, high)):
            if (at := data.find(struct.pack(f"{order}H", tag), 8)) > 0 and at + 12 <= len(data):
                struct.pack_into(f"{order}HII", data, at + 2, 4, 1, value)
    elif data.startswith(b"RIFF") and (at := data.find(b"VP8X")) > 0 and at + 18 <= len(data):
        data[at + 12 : at + 15] = (wide % 2**24).to_bytes(3, "little")
        data[at + 15 : at + 18] = (high % 2**24).to_bytes(3, "little")
    elif data.startswith(b"P"):
        data[2 : min(len(data), 9)] = f"\n{wide} {high}\n".encode()
    return data


def _chunk_length(chance: random.Random, data: bytearray) -> bytearray:
    """Another length of a chunk, segment or directory, with a right checksum where there is one."""
    odd = chance.choice(ODD_NUMBERS)
    marks: tuple[bytes, ...]
    if data.startswith(b"\x89PNG"):
        marks, layout, before = (b"IDAT", b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"tEXt"), ">I", -4
    elif data.startswith(b"RIFF"):
        marks, layout, before = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"EXIF", b"RIFF"), "<I", 4
    elif data.startswith(b"\xff\xd8"):
        marks, layout, before = (b"\xff\xe0", b"\xff\xe1", b"\xff\xdb", b"\xff\xc4", b"\xff\xc0", b"\xff\xda"), ">H", 2
    else:
        return _odd_number(chance, data)
    at = data.find(chance.choice(marks))
    if at >= 0 and at + before >= 0 and at + before + struct.calcsize(layout) <= len(data):
        struct.pack_into(layout, data, at + before, odd % 256 ** struct.calcsize(layout))
    return data


def _repair(data: bytearray) -> None:
    """Right checksums for a PNG's chunks, so that damage is met further in."""
    at = 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        if end + 4 > len(data):
            return
        struct.pack_into(">I", data, end, zlib.crc32(data[at + 4 : end]))
        at = end + 4


CHANGES: tuple[Change, ...] = (
    _flip_bits,
    _set_bytes,
    _truncate,
    _splice,
    _delete,
    _repeat,
    _odd_number,
    _giant,
    _chunk_length,
)
