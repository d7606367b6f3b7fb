"""How good a face is to recognise by, from its box, its landmarks and its chip."""

from __future__ import annotations

import numpy as np

from kenali.faces.values import Chip, Face, Flaw, Quality
from kenali.types import FloatArray

_LEAST_SIDE = 32.0
_LEAST_SHARPNESS = 4.0
_DARKEST, _BRIGHTEST = 0.15, 0.9
_MOST_TURN = 0.45
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


def quality(face: Face, chip: Chip) -> Quality:
    """What speaks for and against recognising by this face."""
    grey = chip.astype(np.float32) @ _LUMINANCE
    sharpness, brightness = float(_laplacian(grey).std()), float(grey.mean() / 255)
    turn = _turn(face.landmarks)
    flaws: list[Flaw] = []
    if face.side < _LEAST_SIDE:
        flaws.append("small")
    if sharpness < _LEAST_SHARPNESS:
        flaws.append("blurred")
    if brightness < _DARKEST:
        flaws.append("dark")
    if brightness > _BRIGHTEST:
        flaws.append("bright")
    if turn > _MOST_TURN:
        flaws.append("turned")
    return Quality(face.side, sharpness, brightness, turn, tuple(flaws))


def _laplacian(grey: FloatArray) -> FloatArray:
    """Each inner pixel's four neighbours less four times itself."""
    return grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]


def _turn(landmarks: FloatArray) -> float:
    """How far the nose stands beside the middle of the eyes, along their line, in distances between the eyes."""
    left, right, nose = landmarks[:3]
    line = right - left
    length = float(np.hypot(*line))
    if length < 1e-6:
        return float("inf")
    return abs(float((nose - (left + right) / 2) @ line)) / length**2
