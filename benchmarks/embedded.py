"""What the benchmarks of calibration, novelty and coverage share: the photos of a folder with their frozen features."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kenali.cache import Cache
from kenali.models.backbones import load_backbone
from kenali.photos import scan
from kenali.training.embed import Embedder
from kenali.types import FloatArray, IntArray, Photo


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """The usable photos of a set, their features (n, d), labels (n,) and groups (n,)."""

    name: str
    photos: tuple[Photo, ...]
    features: FloatArray
    class_names: tuple[str, ...]

    @property
    def labels(self) -> IntArray:
        return np.array([photo.label for photo in self.photos], np.int64)

    @property
    def groups(self) -> npt.NDArray[np.str_]:
        return np.array([photo.group for photo in self.photos])

    def of(self, rows: IntArray) -> Embedded:
        """Some of the photos."""
        return Embedded(self.name, tuple(self.photos[row] for row in rows), self.features[rows], self.class_names)


def embedded(folder: Path) -> Embedded:
    """The photos in a folder of class folders, with features from the cache where it knows them."""
    with Cache() as cache:
        embedder = Embedder(load_backbone("efficientnet_lite0"), cache)
        scanned = scan(folder, facts_store=cache, on_decoded=embedder.offer, min_side=embedder.min_side)
        photoset = scanned.photoset
        return Embedded(folder.name, photoset.photos, embedder.embed(photoset.photos, photoset.source), photoset.class_names)
