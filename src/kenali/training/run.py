"""The fast path, from a folder of photos to a bundle: scan, split, embed, fit, evaluate, write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from kenali.bundle.golden import draw, photograph, replay, write_golden
from kenali.bundle.graph import attach_head, count_parameters
from kenali.bundle.manifest import Golden, Manifest
from kenali.bundle.store import seal, writable_bundle
from kenali.cache import Cache
from kenali.errors import KenaliError
from kenali.evaluation import ReportContent, alarms, in_words, metrics_document, score, thumbnails_wanted, write_evaluation
from kenali.files import write_atomically
from kenali.images import decode
from kenali.models.backbones import load_backbone
from kenali.network import Network, softmax
from kenali.photos import Scan, folds, load_split, require_trainable, save_ledger, save_split, scan, split
from kenali.training.embed import Embedder
from kenali.training.head import CrossValidation, Examples, Head, class_weights, cross_validate, fit_head
from kenali.training.provenance import provenance_of
from kenali.training.recipe import Recipe
from kenali.types import FloatArray, IntArray, Metrics, Notice, Photo, PhotoSource, Predictions, Split

Progress = Callable[[str, int, int], None]
"""Called with a stage (`scan`, `embed`, `fit`, `write` or a sentence), how much of it is done, and how much there is."""

_GOLDEN_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A bundle that was written, what it scores on the test part, and the document that describes both."""

    bundle: Path
    metrics: Metrics | None
    cross_validation: Metrics | None
    alarms: tuple[Notice, ...]
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A head, and the cross-validation that chose its strength (None where the classes were too small for one)."""

    head: Head
    strength: float
    views: tuple[str, ...]
    cross_validation: CrossValidation | None


@dataclass(slots=True)
class _Stopwatch:
    """Wall seconds of each step."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def time(self, step: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[step] = round(self.seconds.get(step, 0.0) + time.perf_counter() - start, 3)


def train(
    photos: str | Path,
    out: str | Path = "bundle",
    *,
    recipe: Recipe | None = None,
    split_file: str | Path | None = None,
    group_by: str | None = None,
    language: str = "en",
    progress: Progress = lambda stage, done, total: None,
) -> TrainResult:
    """Train a classifier on the photos in `photos` (a folder, ZIP or CSV) and write it as the bundle `out`.

    The test part comes from `split_file`, else from test folders or a CSV's split column, else from the recipe's
    ratios; photos set apart for validation join the training part, which cross-validation divides itself. `group_by`
    is a regular expression over paths: photos with the same match stay on one side of every split. An earlier bundle at
    `out` is replaced. Raises KenaliError when the photos do not allow training.
    """
    if Path(out).resolve().is_relative_to(Path(photos).resolve()):
        raise KenaliError(f"the bundle {out} would lie among the photos in {photos}; choose a place outside with -o")
    recipe = recipe or Recipe()
    watch = _Stopwatch()
    with writable_bundle(Path(out)) as folder, Cache() as cache:
        backbone = load_backbone(recipe.backbone, lambda sentence: progress(sentence, 0, 0))
        embedder = Embedder(backbone, cache)
        with watch.time("scan"):
            scanned = _scan(photos, group_by, cache, embedder, progress)
            parts = _split(scanned, recipe, split_file)
        source = scanned.photoset.source
        learned = parts.train + parts.val
        with watch.time("embed"):
            features = embedder.embed(learned + parts.test, source, progress=lambda n, total: progress("embed", n, total))
        with watch.time("fit"):
            fitted = fit(learned, features[: len(learned)], scanned, recipe, embedder, progress)
        with watch.time("evaluate"):
            content = _judge(Path(out).name, scanned, parts, fitted, features[len(learned) :], language)
        progress("write", 0, 0)
        model = attach_head(backbone.onnx_path.read_bytes(), fitted.head.weight, fitted.head.bias)
        write_atomically(folder / "model.onnx", model)
        golden = _write_golden(folder, recipe, model, embedder, parts.test or learned, source)
        save_ledger(folder / "ledger.csv", scanned.ledger)
        save_split(folder / "split.csv", parts, scanned.photoset.class_names)
        write_atomically(folder / "recipe.toml", recipe.to_toml())
        parameters = count_parameters(model)
        provenance = provenance_of(scanned.photoset, parts, recipe, backbone, fitted.strength, fitted.views)
        document = metrics_document(
            content.metrics,
            bundle=str(out),
            class_names=scanned.photoset.class_names,
            cross_validation=content.cross_validation,
            alarms=content.alarms,
            seconds=watch.seconds,
            parameters=parameters,
        )
        content = replace(content, recipe=recipe.to_toml(), provenance=in_words(provenance), seconds=watch.seconds)
        write_evaluation(folder / "report", content, document | {"bundle": Path(out).name}, language)
        manifest = Manifest(
            name=Path(out).name,
            class_names=scanned.photoset.class_names,
            preprocessing=embedder.preprocessing,
            golden=golden,
            parameters=parameters,
            provenance=provenance,
        )
        seal(folder, manifest)
    return TrainResult(Path(out), content.metrics, content.cross_validation, content.alarms, document)


def _scan(photos: str | Path, group_by: str | None, cache: Cache, embedder: Embedder, progress: Progress) -> Scan:
    try:
        scanned = scan(
            photos,
            group_by=group_by,
            facts_store=cache,
            on_decoded=embedder.offer,
            min_side=embedder.min_side,
            progress=lambda done, total: progress("scan", done, total),
        )
    finally:
        embedder.flush()
    require_trainable(scanned)
    return scanned


def _split(scanned: Scan, recipe: Recipe, split_file: str | Path | None) -> Split:
    if split_file is not None:
        return load_split(Path(split_file), scanned.photoset)
    return split(scanned.photoset, ratios=recipe.ratios, seed=recipe.seed)


def fit(
    photos: tuple[Photo, ...],
    features: FloatArray,
    scanned: Scan,
    recipe: Recipe,
    embedder: Embedder,
    progress: Progress = lambda stage, done, total: None,
) -> Fitted:
    """Fit a head to the features (n, d) of `photos`, with augmented views of small sets where they lower the CV loss."""
    n_classes = len(scanned.photoset.class_names)
    labels = np.array([photo.label for photo in photos], np.int64)
    if len(np.unique(labels)) < n_classes:
        missing = scanned.photoset.class_names[int(np.setdiff1d(np.arange(n_classes), labels)[0])]
        raise KenaliError(f"the training part holds no photo of {missing!r}; give it more photos or another split")
    plain = _examples(features, labels, 1, n_classes, recipe.balance_classes)
    groups = [photo.group for photo in photos]
    per_class = min(len({g for g, y in zip(groups, labels, strict=True) if y == label}) for label in range(n_classes))
    n_folds = min(recipe.folds, per_class)
    if n_folds < 2:
        strength = recipe.strengths[len(recipe.strengths) // 2]
        return Fitted(fit_head(plain, strength), strength, (), None)
    fold_of_photo = folds(photos, n_folds, recipe.seed)
    progress("fit", 0, 0)
    views: tuple[str, ...] = ()
    best, examples = cross_validate(plain, fold_of_photo, recipe.strengths), plain
    if recipe.views and len(photos) < recipe.views_below:
        source = scanned.photoset.source
        seen = [embedder.embed(photos, source, view, lambda n, all_: progress("embed", n, all_)) for view in recipe.views]
        viewed = _examples(np.concatenate([features, *seen]), labels, 1 + len(seen), n_classes, recipe.balance_classes)
        tried = cross_validate(viewed, fold_of_photo, recipe.strengths)
        if tried.loss < best.loss:
            best, examples, views = tried, viewed, recipe.views
    return Fitted(fit_head(examples, best.best), best.best, views, best)


def _examples(features: FloatArray, labels: IntArray, views: int, n_classes: int, balance: bool) -> Examples:
    """Rows for `views` blocks of the same photos."""
    repeated = np.tile(labels, views)
    weights = class_weights(repeated, n_classes) if balance else np.ones(len(repeated))
    return Examples(features, repeated, weights, np.tile(np.arange(len(labels)), views), n_classes)


def _judge(title: str, scanned: Scan, parts: Split, fitted: Fitted, test_features: FloatArray, language: str) -> ReportContent:
    """What the report tells: the test part's figures, the cross-validated ones beside them, and the alarms."""
    class_names = scanned.photoset.class_names
    labels = np.array([photo.label for photo in parts.test], np.int64)
    predictions = Predictions(softmax(fitted.head.logits(test_features)), class_names)
    metrics = score(predictions.probs, labels, class_names) if len(labels) else None
    held_out = fitted.cross_validation
    learned = np.array([photo.label for photo in parts.train + parts.val], np.int64)
    cross_validation = score(held_out.probs, learned, class_names) if held_out else None
    counts = {
        part: {name: sum(photo.label == label for photo in group) for label, name in enumerate(class_names)}
        for part, group in (("train", parts.train), ("val", parts.val), ("test", parts.test))
    }
    paths = [photo.path for photo in parts.test]
    wanted = thumbnails_wanted(class_names, scanned.ledger, paths, labels, predictions)
    return ReportContent(
        title=title,
        counts=counts,
        metrics=metrics,
        cross_validation=cross_validation,
        photos=parts.test,
        labels=labels,
        predictions=predictions,
        thumbs={path: scanned.facts[path].thumb for path in wanted if path in scanned.facts},
        ledger=scanned.ledger,
        alarms=alarms(metrics, counts, cross_validation=cross_validation, ledger=scanned.ledger, language=language),
        strengths=tuple(zip(held_out.strengths, held_out.losses, strict=True)) if held_out else (),
    )


def _write_golden(
    folder: Path, recipe: Recipe, model: bytes, embedder: Embedder, photos: tuple[Photo, ...], source: PhotoSource
) -> Golden:
    """Write the golden photos and replay them, so that no bundle leaves that would not answer as it promises."""
    network = Network(model)
    photographed = recipe.golden > 0
    pictures = [_golden_picture(photo, source) for photo in _round_robin(photos, recipe.golden)] if photographed else draw()
    count = write_golden(folder, pictures, network, embedder.preprocessing)
    if replay(folder, network, embedder.preprocessing) > _GOLDEN_TOLERANCE:
        raise KenaliError("the written model does not repeat its own golden answers; nothing was saved")
    return Golden(count=count, photographed=photographed)


def _golden_picture(photo: Photo, source: PhotoSource) -> bytes:
    return photograph(decode(source.read(photo.path)).image)


def _round_robin(photos: tuple[Photo, ...], count: int) -> list[Photo]:
    """`count` photos, each class in turn, chosen by checksum and so without favour."""
    by_class: dict[int, list[Photo]] = {}
    for photo in sorted(photos, key=lambda photo: photo.sha256):
        by_class.setdefault(photo.label, []).append(photo)
    turns = sorted((turn, label) for label, own in by_class.items() for turn in range(len(own)))
    return [by_class[label][turn] for turn, label in turns[:count]]
