"""Drawn people: unit vectors that scatter about one point a person, as embeddings of faces do."""

from __future__ import annotations

import numpy as np

from kenali.faces.values import Vectors
from kenali.types import FloatArray, IntArray


def drawn_people(
    people: int, photos: int, *, seed: int = 0, size: int = 24, spread: float = 0.62, uneven: float = 0.25, shared: float = 2.5
) -> Vectors:
    """`photos` each of `people`; `spread` is how far photos scatter, `uneven` how much that differs among people."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((people, size))
    centres[:, 0] += shared
    scatter = spread * np.exp(uneven * rng.standard_normal(people))
    persons: IntArray = np.repeat(np.arange(people), photos)
    points = centres[persons] + scatter[persons, None] * rng.standard_normal((len(persons), size))
    matrix: FloatArray = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    return Vectors(matrix, persons, tuple(f"person {number}" for number in range(people)))
