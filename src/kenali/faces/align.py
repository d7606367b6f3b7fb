"""Faces brought into one pose: the similarity transform that lays five landmarks nearest to a template."""

from __future__ import annotations

import numpy as np
from PIL import Image

from kenali.faces.values import Chip
from kenali.types import FloatArray


def similarity(source: FloatArray, target: FloatArray) -> FloatArray:
    """The turn, scale and shift that bring points `source` (n, 2) nearest to `target` (n, 2): a matrix (2, 3).

    Least squares without reflection, after S. Umeyama, "Least-squares estimation of transformation parameters between two
    point patterns" (1991).
    """
    middle, aim = source.mean(axis=0), target.mean(axis=0)
    from_middle, from_aim = source - middle, target - aim
    u, stretch, vt = np.linalg.svd(from_aim.T @ from_middle)
    sign = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) or 1.0])
    spread = (from_middle**2).sum()
    scale = (stretch * sign).sum() / spread if spread > 0 else 1.0
    turn = scale * (u * sign) @ vt
    return np.column_stack([turn, aim - turn @ middle]).astype(np.float32)


def aligned(photo: Image.Image, landmarks: FloatArray, template: FloatArray, side: int) -> Chip:
    """The face with these `landmarks` (5, 2) cut from an RGB photo, so that they lie near `template` (5, 2).

    Beyond the photo's edge the chip is black. A face much larger than the chip is first reduced, so that no detail is
    skipped (aliasing).
    """
    back = similarity(template, landmarks)
    factor = int(np.hypot(*back[:, 0]))  # pixels of the photo for one of the chip
    if factor > 1:
        corners = np.array([[0, 0], [side, 0], [0, side], [side, side]], np.float32) @ back[:, :2].T + back[:, 2]
        first = np.clip(np.floor(corners.min(axis=0)), 0, np.array(photo.size) - 1).astype(int)
        last = np.clip(np.ceil(corners.max(axis=0)) + factor, first + 1, photo.size).astype(int)
        photo = photo.reduce(factor, box=(*first.tolist(), *last.tolist()))
        back = similarity(template, ((landmarks - first) / factor).astype(np.float32))
    chip = photo.transform((side, side), Image.Transform.AFFINE, back.ravel().tolist(), Image.Resampling.BILINEAR)
    return np.asarray(chip)
