"""Where the faces are: CenterFace (Y. Xu and others, "CenterFace: joint face detection and alignment", 2019)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from kenali.faces.specs import DetectorSpec
from kenali.faces.values import Box, Face
from kenali.network import Network
from kenali.types import FloatArray

_STRIDE = 4
_MULTIPLE = 32
_FAR = 4  # long sides of the picture beyond which no landmark is believed, nor one that is no number
_OVERLAP = 0.3  # a box that shares more of its union with a better one shows the same face


class Detector:
    """Finds faces. Safe to use from several threads."""

    def __init__(self, graph: Path, spec: DetectorSpec) -> None:
        self._network = Network(graph)
        self._spec = spec

    def __call__(self, photo: Image.Image) -> list[Face]:
        """The faces of an upright RGB photo, the surest first."""
        scale = min(1.0, self._spec.side / max(photo.size)) if self._spec.side else 1.0
        width, height = (max(1, round(length * scale)) for length in photo.size)
        small = photo if (width, height) == photo.size else photo.resize((width, height), Image.Resampling.BILINEAR)
        canvas = np.zeros((_up(height), _up(width), 3), np.uint8)
        canvas[:height, :width] = np.asarray(small)
        outputs = self._network.on_planes(self._spec.planes(canvas[None]))
        found = _centerface(outputs, self._spec.least_score) if self._spec.outputs == "centerface" else _faces(outputs)
        stretch = np.array([photo.width / width, photo.height / height], np.float32)
        return [
            Face(_within(boxed * np.tile(stretch, 2), photo.size), float(score), points * stretch)
            for boxed, score, points in zip(*found, strict=True)
            if score > self._spec.least_score and np.isfinite(boxed).all() and np.abs(points).max() < _FAR * max(width, height)
        ]


_Found = tuple[FloatArray, FloatArray, FloatArray]
"""Boxes (n, 4), scores (n,) and landmarks (n, 5, 2) in pixels of the picture, the surest first."""


def _faces(outputs: dict[str, FloatArray]) -> _Found:
    order = np.argsort(-outputs["scores"], kind="stable")
    return outputs["boxes"][order], outputs["scores"][order], outputs["landmarks"][order].reshape(-1, 5, 2)


def _centerface(outputs: dict[str, FloatArray], least_score: float) -> _Found:
    """What CenterFace's maps at stride 4 say: each place of the heat map that is hot enough is the middle of a face."""
    heat = outputs["heat"][0, 0]
    rows, columns = np.nonzero(heat > least_score)
    scores = heat[rows, columns]
    order = np.argsort(-scores, kind="stable")
    rows, columns, scores = rows[order], columns[order], scores[order]
    height, width = _STRIDE * np.exp(outputs["scale"][0][:, rows, columns])
    down, across = outputs["offset"][0][:, rows, columns]
    top = (rows + down + 0.5) * _STRIDE - height / 2
    left = (columns + across + 0.5) * _STRIDE - width / 2
    boxes = np.stack([left, top, left + width, top + height], axis=1)
    points = outputs["landmarks"][0][:, rows, columns].reshape(5, 2, -1)  # (y, x) in sizes of the box from its corner
    landmarks = np.stack([points[:, 1] * width + left, points[:, 0] * height + top], axis=-1).transpose(1, 0, 2)
    chosen = _without_overlaps(boxes)
    return boxes[chosen], scores[chosen], landmarks[chosen].astype(np.float32)


def _within(box: FloatArray, size: tuple[int, int]) -> Box:
    """The part of a box that lies in a photo of `size` (width, height)."""
    left, top, right, bottom = np.clip(box, 0, [*size, *size]).tolist()
    return left, top, right, bottom


def _without_overlaps(boxes: FloatArray) -> list[int]:
    """Greedy non-maximum suppression: which boxes (n, 4), best first, show a face that no better one shows."""
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = np.arange(len(boxes))
    kept: list[int] = []
    while len(left):
        best, rest = left[0], left[1:]
        kept.append(int(best))
        corner = np.maximum(boxes[best, :2], boxes[rest, :2])
        other = np.minimum(boxes[best, 2:], boxes[rest, 2:])
        shared = np.prod(np.clip(other - corner, 0, None), axis=1)
        left = rest[shared / (areas[best] + areas[rest] - shared) <= _OVERLAP]
    return kept


def _up(length: int) -> int:
    return -(-length // _MULTIPLE) * _MULTIPLE
