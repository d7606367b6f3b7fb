"""A PNG writer that can write what Pillow cannot: every colour type and depth, interlacing, every filter, broken chunks."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))

Samples = npt.NDArray[np.uint16]


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header(width: int, height: int, depth: int, colour: int, interlaced: bool = False) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced)))


def png(
    samples: Samples,
    colour: int,
    depth: int = 8,
    *,
    interlaced: bool = False,
    before: Iterable[bytes] = (),
    after: Iterable[bytes] = (),
    pieces: int = 1,
) -> bytes:
    """A file of `samples` (h, w, c), each below 2 ** depth, with chunks before and after its pixels.

    The lines take the five filters in turn; the pixels come in as many IDAT chunks as `pieces`.
    """
    height, width, _ = samples.shape
    passes = [samples[top::down, left::across] for left, top, across, down in _ADAM7] if interlaced else [samples]
    stream = zlib.compress(b"".join(_filtered(part, depth) for part in passes if part.size), 9)
    cuts = [len(stream) * n // pieces for n in range(pieces + 1)]
    data = [chunk(b"IDAT", stream[start:end]) for start, end in pairwise(cuts)]
    parts = (header(width, height, depth, colour, interlaced), *before, *data, *after, chunk(b"IEND"))
    return SIGNATURE + b"".join(parts)


def _filtered(samples: Samples, depth: int) -> bytes:
    """The lines of one pass, packed, each after the number of its filter."""
    packed = _packed(samples, depth)
    step = max(1, samples.shape[2] * depth // 8)
    lines = []
    above = np.zeros(packed.shape[1], np.int64)
    for number, line in enumerate(packed.astype(np.int64)):
        left, corner = np.zeros_like(line), np.zeros_like(line)
        left[step:], corner[step:] = line[:-step], above[:-step]
        kind = number % 5
        guess = (np.zeros_like(line), left, above, (left + above) // 2, _paeth(left, above, corner))[kind]
        lines.append(bytes([kind]) + (line - guess).astype(np.uint8).tobytes())
        above = line
    return b"".join(lines)


def _paeth(left: npt.NDArray[np.int64], above: npt.NDArray[np.int64], corner: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    by_left, by_above, by_corner = abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
    nearest = np.where(by_above <= by_corner, above, corner)
    return np.where((by_left <= by_above) & (by_left <= by_corner), left, nearest)


def _packed(samples: Samples, depth: int) -> npt.NDArray[np.uint8]:
    """Each line's samples (h, w * c) as bytes, most significant bit first."""
    lines = samples.reshape(len(samples), -1)
    if depth == 16:
        return lines.astype(">u2").view(np.uint8)
    bits = (lines[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(len(lines), -1).astype(np.uint8), axis=1)
