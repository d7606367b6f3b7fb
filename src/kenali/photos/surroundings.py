"""What lies around the subject: the ring along the edge, the corners, the background.

A network that tells the classes apart by these has learned where and how photos were taken, not what they show.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from kenali.types import FloatArray

_SIDE = 64  # colours are taken from the picture squeezed to this square, so that its shape does not show in them
_RING = 3  # pixels of it, about 5 % of the side
_SEGMENTS = 4  # of each side of the ring
_CORNER = 6  # a corner is a sixth of either side
_DEPTH = 8  # an eighth of each side counts as background
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
    grey = np.asarray(image.convert("L"), np.float32)
    edges = np.abs(np.diff(grey, axis=0, append=grey[-1:])) + np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    return np.array([*_ring(square), *_corners(square, grey, edges), *_background(square, edges)], np.float32)


def _ring(square: FloatArray) -> list[float]:
    sides = (square[:_RING], square[-_RING:], square[:, :_RING].swapaxes(0, 1), square[:, -_RING:].swapaxes(0, 1))
    parts = [part for side in sides for part in np.split(side, _SEGMENTS, axis=1)]
    return [value for part in parts for value in (*part.mean(axis=(0, 1)), part.mean(axis=2).std())]


def _corners(square: FloatArray, grey: FloatArray, edges: FloatArray) -> list[float]:
    found: list[float] = []
    for colours, shades, steps in zip(_quarters(square), _quarters(grey), _quarters(edges), strict=True):
        found += [*colours.mean(axis=(0, 1)), shades.std(), steps.mean(), (steps > _STRONG_EDGE).mean()]
    return found


def _quarters(values: FloatArray) -> list[FloatArray]:
    """The four corners of an array (h, w, ...)."""
    down, across = (-(-side // _CORNER) for side in values.shape[:2])
    return [
        values[rows, columns] for rows in (slice(down), slice(-down, None)) for columns in (slice(across), slice(-across, None))
    ]


def _background(square: FloatArray, edges: FloatArray) -> list[float]:
    outer = np.ones((_SIDE, _SIDE), bool)
    outer[_DEPTH:-_DEPTH, _DEPTH:-_DEPTH] = False
    pixels = square[outer]  # (m, 3)
    median = np.median(pixels, axis=0)
    distance = np.abs(pixels - median).max(axis=1)
    down, across = (-(-side // _DEPTH) for side in edges.shape)
    strips = (edges[:down], edges[-down:], edges[:, :across], edges[:, -across:])
    top, bottom, left, right = (square[:_DEPTH], square[-_DEPTH:], square[:, :_DEPTH], square[:, -_DEPTH:])
    return [
        *median,
        distance.mean(),
        (distance < _ALIKE).mean(),
        np.ptp(pixels, axis=1).mean(),
        np.mean([strip.mean() for strip in strips]),
        top.mean() - bottom.mean(),
        left.mean() - right.mean(),
    ]
