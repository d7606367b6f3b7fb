"""What the benchmarks of calibration, novelty and coverage share: frozen features, and the fast path's model of photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kenali.bundle.novelty import Prototypes
from kenali.cache import Cache
from kenali.evaluation import HeldOut
from kenali.evaluation.novelty import fit_prototypes, held_out_novelty
from kenali.evaluation.trust import Trust, fit_trust
from kenali.models.backbones import load_backbone
from kenali.photos import folds, scan
from kenali.training.choices import FrozenRecipe
from kenali.training.embed import Embedder
from kenali.training.head import Examples, Head, class_weights, cross_validate, fit_head
from kenali.types import FloatArray, IntArray, Photo, Predictions


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


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What the fast path makes of photos: a head, prototypes, and how both are to be read."""

    head: Head
    prototypes: Prototypes
    trust: Trust
    class_names: tuple[str, ...]

    def predict(self, features: FloatArray) -> Predictions:
        """What the bundle would answer for features (n, d)."""
        return self.trust.predictions(self.head.logits(features), self.class_names, self.prototypes.novelty(features))


def learned(known: Embedded, seed: int, reject: float = 0.05, coverage: float = 0.9) -> Model:
    """The model of these photos, without the further views that small sets are tried with; `seed` draws the folds."""
    labels, k = known.labels, len(known.class_names)
    examples = Examples(known.features, labels, class_weights(labels, k), np.arange(len(labels)), k)
    found = cross_validate(examples, folds(known.photos, 5, seed), FrozenRecipe().strengths)
    novelty = held_out_novelty(known.features, labels, known.groups.tolist())
    trust = fit_trust(HeldOut(found.logits, labels, found.heat, found.temperature, novelty), reject, coverage)
    return Model(fit_head(examples, found.best), fit_prototypes(known.features, labels), trust, known.class_names)
