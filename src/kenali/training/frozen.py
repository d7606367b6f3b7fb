"""The fast path: a logistic head on the features of a frozen backbone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kenali.bundle.graph import attach_head
from kenali.bundle.known import known_photos
from kenali.bundle.novelty import attach_novelty
from kenali.cache import Cache
from kenali.evaluation import HeldOut, score
from kenali.evaluation.novelty import exemplars, fit_prototypes, held_out_novelty
from kenali.images import DecodedPhoto
from kenali.models.backbones import load_backbone
from kenali.photos import Scan, folds
from kenali.training.choices import HeadRecipe
from kenali.training.embed import Embedder
from kenali.training.head import CrossValidation, Examples, Head, class_weights, cross_validate, fit_head
from kenali.training.learned import Learned, ProgressHook, Stopwatch, require_every_class
from kenali.types import FloatArray, IntArray, Photo, PhotoSource, Split


@dataclass(frozen=True, slots=True)
class Fitted:
    """A head, and the cross-validation that chose its strength (None where the classes were too small for one)."""

    head: Head
    strength: float
    views: tuple[str, ...]
    cross_validation: CrossValidation | None
    examples: Examples


@dataclass(frozen=True, slots=True, eq=False)
class HeadFitter:
    """Fits heads like the chosen one to some of the photos: `plain` (n, d) are their features, `labels` (n,)."""

    examples: Examples
    strength: float
    plain: FloatArray
    labels: IntArray

    def head(self, rows: IntArray) -> Head:
        """The head of these photos, with all their views."""
        given = self.examples
        inside = np.flatnonzero(np.isin(given.photo, rows))
        some = Examples(
            given.features[inside], given.labels[inside], given.weights[inside], given.photo[inside], given.n_classes
        )
        head: Head = fit_head(some, self.strength)
        return head


class FrozenLearner:
    """Embeds each photo once and fits a head; photos set apart for validation join the training part."""

    def __init__(self, recipe: HeadRecipe, cache: Cache, progress: ProgressHook) -> None:
        self._recipe = recipe
        self._progress = progress
        self._backbone = load_backbone(recipe.backbone, lambda sentence: progress(sentence, 0, 0))
        self._embedder = Embedder(self._backbone, cache)
        self.preprocessing = self._embedder.preprocessing
        self._fitter: HeadFitter | None = None

    def offer(self, sha256: str, decoded: DecodedPhoto) -> None:
        self._embedder.offer(sha256, decoded)

    def close(self, finished: bool) -> None:
        self._embedder.flush()

    def learn(self, scanned: Scan, parts: Split, watch: Stopwatch) -> Learned:
        learned, class_names = parts.train + parts.val, scanned.photoset.class_names
        require_every_class(learned, class_names)
        source = scanned.photoset.source
        with watch.time("embed"):
            features = self._embedder.embed(learned + parts.test, source, progress=self._embedding)
        with watch.time("fit"):
            fitted = self._fit(learned, features[: len(learned)], scanned)
        plain, tested = features[: len(learned)], features[len(learned) :]
        validated = fitted.cross_validation
        labels = np.array([photo.label for photo in learned], np.int64)
        self._fitter = HeadFitter(fitted.examples, fitted.strength, plain, labels)
        prototypes, rows = fit_prototypes(plain, labels), exemplars(labels)
        held_out = None
        if validated is not None:
            strange = held_out_novelty(plain, labels, [photo.group for photo in learned])
            held_out = HeldOut(validated.logits, labels, validated.heat, validated.temperature, strange)
        model = attach_head(self._backbone.onnx_path.read_bytes(), fitted.head.weight, fitted.head.bias)
        return Learned(
            model=attach_novelty(model, prototypes),
            test_logits=fitted.head.logits(tested),
            test_novelty=prototypes.novelty(tested),
            details={
                "backbone": self._backbone.spec.name,
                "backbone_weights_sha256": self._backbone.spec.sha256,
                "strength": fitted.strength,
                "views": list(fitted.views),
            },
            known=known_photos(plain[rows], labels[rows], [learned[row].group for row in rows]),
            held_out=held_out,
            judged=learned if held_out else (),
            cross_validation=score(held_out.probs, labels, class_names) if held_out else None,
            strengths=tuple(zip(validated.strengths, validated.losses, strict=True)) if validated else (),
            part_logits=lambda photo, part, pixels: fitted.head.logits(self._embedder.recall(photo, part, pixels)),
        )

    def fitted(self) -> HeadFitter:
        """How heads like the one learned are fitted."""
        assert self._fitter is not None, "nothing was learned yet"
        return self._fitter

    def features(self, photos: Sequence[Photo], source: PhotoSource) -> FloatArray:
        """The features (n, d) that heads are fitted to."""
        return self._embedder.embed(photos, source, progress=self._embedding)

    def _embedding(self, done: int, total: int) -> None:
        self._progress("embed", done, total)

    def _fit(self, photos: tuple[Photo, ...], features: FloatArray, scanned: Scan) -> Fitted:
        """Fit a head to features (n, d), with augmented views of small sets where they lower the cross-validated loss."""
        recipe, n_classes = self._recipe, len(scanned.photoset.class_names)
        labels = np.array([photo.label for photo in photos], np.int64)
        plain = _examples(features, labels, 1, n_classes, recipe.balance_classes)
        n_folds = min(recipe.folds, _fewest_groups(photos, n_classes))
        if n_folds < 2:
            strength = recipe.strengths[len(recipe.strengths) // 2]
            return Fitted(fit_head(plain, strength), strength, (), None, plain)
        fold_of_photo = folds(photos, n_folds, recipe.seed)
        self._progress("fit", 0, 0)
        views: tuple[str, ...] = ()
        best, examples = cross_validate(plain, fold_of_photo, recipe.strengths), plain
        if recipe.views and len(photos) < recipe.views_below:
            source = scanned.photoset.source
            seen = [self._embedder.embed(photos, source, view, self._embedding) for view in recipe.views]
            viewed = _examples(np.concatenate([features, *seen]), labels, 1 + len(seen), n_classes, recipe.balance_classes)
            tried = cross_validate(viewed, fold_of_photo, recipe.strengths)
            if tried.loss < best.loss:
                best, examples, views = tried, viewed, recipe.views
        return Fitted(fit_head(examples, best.best), best.best, views, best, examples)


def _fewest_groups(photos: tuple[Photo, ...], n_classes: int) -> int:
    """The number of groups in the class that has fewest."""
    groups = {(photo.label, photo.group) for photo in photos}
    return min(sum(label == own for label, _ in groups) for own in range(n_classes))


def _examples(features: FloatArray, labels: IntArray, views: int, n_classes: int, balance: bool) -> Examples:
    """Rows for `views` blocks of the same photos."""
    repeated = np.tile(labels, views)
    weights = class_weights(repeated, n_classes) if balance else np.ones(len(repeated))
    return Examples(features, repeated, weights, np.tile(np.arange(len(labels)), views), n_classes)
