"""What lies around the subject: the ring along the edge, the corners, the background.

A network that tells the classes apart by these has learned where and how photos were taken, not what they show.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from kenali.types import FloatArray

_SIDE = 64  # colours are taken from the picture squeezed to this square, so that its shape does not show in them
_FINE = 128  # at least, where the picture has as many: the pixels of the longer side that edges are looked for at
_RING = 3  # pixels of it, about 5 % of the side
_SEGMENTS = 4  # of each side of the ring
_CORNER = 6  # a corner is a sixth of either side
_DEPTH = 8  # an eighth of each side counts as background
_OUTER = np.ones((_SIDE, _SIDE), bool)
_OUTER[_DEPTH:-_DEPTH, _DEPTH:-_DEPTH] = False
_OUTER[::2] = False  # every second row is enough
_STRONG_EDGE = 40.0  # grey levels between neighbours: letters have such edges, backgrounds seldom
_ALIKE = 16.0  # grey levels

BORDER = slice(0, 4 * _SEGMENTS * 4)
CORNERS = slice(BORDER.stop, BORDER.stop + 4 * 6)
BACKGROUND = slice(CORNERS.stop, CORNERS.stop + 9)
LENGTH = BACKGROUND.stop
"""Where `surroundings` holds what, and how many numbers it gives."""


def surroundings(image: Image.Image) -> FloatArray:
    """Float32 (LENGTH,) from an RGB picture of any size, best some 256 pixels.

    The ring gives mean red, green, blue and the spread of grey of four segments a side. The corners give mean colour, spread,
    mean and share of strong edges, which letters and marks raise. The background, the outer eighth of each side, gives its
    median colour, its spread, how much of it is alike, its colourfulness and its edges, and how light falls across it.
    """
    square = np.asarray(image.resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32)
    shrink = max(1, max(image.size) // _FINE)
    grey = np.asarray(image.convert("L").reduce(shrink), np.float32)
    edges = np.zeros_like(grey)
    edges[:-1] += np.abs(grey[1:] - grey[:-1])
    edges[:, :-1] += np.abs(grey[:, 1:] - grey[:, :-1])
    found: FloatArray = np.concatenate([_ring(square), _corners(square, grey, edges), _background(square, edges)])
    return found.astype(np.float32)


def _ring(square: FloatArray) -> FloatArray:
    sides = np.stack([square[:_RING], square[-_RING:], square[:, :_RING].swapaxes(0, 1), square[:, -_RING:].swapaxes(0, 1)])
    parts = sides.reshape(4, _RING, _SEGMENTS, -1, 3)  # side, depth, segment, along it, colour
    spread = parts.mean(axis=4).std(axis=(1, 3))
    found: FloatArray = np.dstack([parts.mean(axis=(1, 3)), spread]).ravel()
    return found


def _corners(square: FloatArray, grey: FloatArray, edges: FloatArray) -> FloatArray:
    steps = _quarters(edges)
    spread, mean, strong = _quarters(grey).std(axis=(1, 2)), steps.mean(axis=(1, 2)), (steps > _STRONG_EDGE).mean(axis=(1, 2))
    found: FloatArray = np.column_stack([_quarters(square).mean(axis=(1, 2)), spread, mean, strong]).ravel()
    return found


def _quarters(values: FloatArray) -> FloatArray:
    """The four corners of an array (h, w, ...), stacked."""
    down, across = (-(-side // _CORNER) for side in values.shape[:2])
    return np.stack(
        [part[:, sides] for part in (values[:down], values[-down:]) for sides in (slice(across), slice(-across, None))]
    )


def _background(square: FloatArray, edges: FloatArray) -> FloatArray:
    pixels = np.ascontiguousarray(square[_OUTER].T)  # (3, m)
    median = np.median(pixels, axis=1)
    distance = np.abs(pixels - median[:, None]).max(axis=0)
    down, across = (-(-side // _DEPTH) for side in edges.shape)
    strips = (edges[:down], edges[-down:], edges[:, :across], edges[:, -across:])
    rest = (
        distance.mean(),
        (distance < _ALIKE).mean(),
        (pixels.max(axis=0) - pixels.min(axis=0)).mean(),
        sum(strip.mean() for strip in strips) / 4,
        square[:_DEPTH].mean() - square[-_DEPTH:].mean(),
        square[:, :_DEPTH].mean() - square[:, -_DEPTH:].mean(),
    )
    return np.array([*median, *rest], np.float32)
