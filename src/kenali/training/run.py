"""From a folder of photos to a bundle: scan, split, learn, evaluate, write."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kenali.bundle.golden import draw, photograph, replay, write_golden
from kenali.bundle.graph import count_parameters
from kenali.bundle.manifest import Golden, Manifest
from kenali.bundle.store import seal, writable_bundle
from kenali.cache import Cache
from kenali.errors import KenaliError
from kenali.evaluation import (
    ReportContent,
    Shortcut,
    against,
    alarms,
    find_shortcuts,
    in_words,
    looks,
    metrics_document,
    score,
    thumbnails_wanted,
    wilson,
    write_evaluation,
)
from kenali.evaluation.leakage import Leakage
from kenali.evaluation.trust import Trust, fit_trust
from kenali.files import write_atomically
from kenali.images import decode, draft_side
from kenali.network import Network
from kenali.photos import Scan, load_split, require_trainable, save_ledger, save_split, scan, split
from kenali.photos.pick import round_robin
from kenali.training.choices import AutoRecipe, HeadRecipe, NetworkRecipe, Recipe
from kenali.training.frozen import FrozenLearner
from kenali.training.improve import improve
from kenali.training.leakage import leakage_of, thumbs_of
from kenali.training.learned import Learned, Learner, ProgressHook, Stopwatch
from kenali.training.logs import history_csv
from kenali.training.network_learner import NetworkLearner
from kenali.training.provenance import provenance_of
from kenali.training.reading import how_to_read
from kenali.training.recipe import load_recipe
from kenali.types import Contest, Metrics, Notice, Photo, PhotoSource, Preprocessing, Proportion, Split

_GOLDEN_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A bundle that was written, what it scores on the test part, and the document that describes both."""

    bundle: Path
    metrics: Metrics | None
    cross_validation: Metrics | None
    contest: Contest | None
    alarms: tuple[Notice, ...]
    document: dict[str, Any]


def train(
    photos: str | Path,
    out: str | Path = "bundle",
    *,
    recipe: Recipe | None = None,
    split_file: str | Path | None = None,
    group_by: str | None = None,
    language: str = "en",
    tensorboard: str | Path | None = None,
    progress: ProgressHook = lambda *_: None,
) -> TrainResult:
    """Train a classifier on the photos in `photos` (a folder, ZIP or CSV) and write it as the bundle `out`.

    The test part comes from `split_file`, else from test folders or a CSV's split column, else from the recipe's
    ratios. The fast path joins photos set apart for validation to the training part, which its cross-validation divides
    itself; a network chooses its epoch by them. The recipe `auto` writes the fast path's bundle first, then spends its
    budget on a better one. `group_by` is a regular expression over paths: photos with the same match stay on one side of
    every split. `tensorboard` is a folder for TensorBoard's files about a network. An earlier bundle at `out` is replaced.
    Raises KenaliError when the photos do not allow training.
    """
    out = Path(out)
    if out.resolve().is_relative_to(Path(photos).resolve()):
        raise KenaliError(f"the bundle {out} would lie among the photos in {photos}; choose a place outside with -o")
    recipe = recipe or load_recipe()
    watch = Stopwatch()
    with Cache() as cache:
        with writable_bundle(out) as folder:
            learner = _learner(recipe, out, cache, progress, language, tensorboard)
            try:
                with watch.time("scan"):
                    scanned = _scan(photos, group_by, cache, learner, progress)
                    parts = _split(scanned, recipe, split_file)
                learned = learner.learn(scanned, parts, watch)
            finally:
                learner.close(finished=False)
            with watch.time("shortcuts"):
                shortcuts = find_shortcuts(parts.train + parts.val, scanned.facts, scanned.photoset.class_names)
            leakage = leakage_of(recipe, scanned, learner, watch)
            course = _Course(out, recipe, scanned, parts, learner.preprocessing, shortcuts, language, watch, leakage)
            progress("write", 0, 0)
            result = course.write(folder, learned)
        learner.close(finished=True)
        if isinstance(recipe, AutoRecipe) and recipe.budget and isinstance(learner, FrozenLearner):
            progress("first", 1, 1)
            result = _improved(course, recipe, learner, learned, progress)
    return result


@dataclass(frozen=True, slots=True)
class _Course:
    """What a run knows once its photos are divided, and how it becomes a bundle."""

    out: Path
    recipe: Recipe
    scanned: Scan
    parts: Split
    preprocessing: Preprocessing
    shortcuts: tuple[Shortcut, ...]
    language: str
    watch: Stopwatch
    leakage: Leakage | None = None

    def write(self, folder: Path, learned: Learned, contest: Contest | None = None) -> TrainResult:
        """Judge what was learned on the test part, and fill the bundle's folder."""
        recipe, scanned, parts, watch = self.recipe.without_paths(), self.scanned, self.parts, self.watch
        class_names = scanned.photoset.class_names
        network, source = Network(learned.model), scanned.photoset.source
        with watch.time("evaluate"):
            trust = fit_trust(learned.held_out, recipe.reject, recipe.sets)
            content = _judge(self.out.name, scanned, parts, learned, trust, self.shortcuts, self.language, contest)
            answers = content.predictions
            seen = looks(network, self.preprocessing, source, parts.test, content.labels, answers) if answers else None
        write_atomically(folder / "model.onnx", learned.model)
        golden = _write_golden(folder, recipe, network, self.preprocessing, parts.test or parts.train, source)
        save_ledger(folder / "ledger.csv", scanned.ledger)
        save_split(folder / "split.csv", parts, class_names)
        write_atomically(folder / "recipe.toml", recipe.to_toml())
        if learned.history:
            write_atomically(folder / "report" / "history.csv", history_csv(learned.history))
        parameters = count_parameters(learned.model)
        provenance = provenance_of(scanned.photoset, parts, recipe, learned.details)
        document = metrics_document(
            content.metrics,
            bundle=str(self.out),
            class_names=class_names,
            cross_validation=content.cross_validation,
            contest=contest,
            calibration=trust.calibration,
            rejection=content.rejection,
            sets=content.sets,
            looks=seen,
            leakage=self.leakage,
            alarms=content.alarms,
            shortcuts=content.shortcuts,
            seconds=watch.seconds,
            parameters=parameters,
        )
        content = replace(content, looks=seen, recipe=recipe.to_toml(), provenance=in_words(provenance), seconds=watch.seconds)
        if self.leakage:
            content = replace(content, leakage=self.leakage, thumbs={**content.thumbs, **thumbs_of(self.leakage, scanned)})
        write_evaluation(folder / "report", content, document | {"bundle": self.out.name}, self.language)
        manifest = Manifest(
            name=self.out.name,
            class_names=class_names,
            preprocessing=self.preprocessing,
            outputs=network.outputs,
            golden=golden,
            parameters=parameters,
            provenance=provenance,
            **how_to_read(trust),
        )
        seal(folder, manifest)
        return TrainResult(self.out, content.metrics, content.cross_validation, contest, content.alarms, document)


def _improved(
    course: _Course, recipe: AutoRecipe, learner: FrozenLearner, fast: Learned, progress: ProgressHook
) -> TrainResult:
    """Fine-tune within the budget, and write the bundle anew: with the better model, and with how the two compare."""
    folder = course.out.parent / f"{course.out.name}.training"
    try:
        with course.watch.time("fine-tune"):
            better, contest = improve(recipe, fast, learner.fitted(), course.scanned, course.parts, folder, progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if course.parts.test:
        contest = replace(
            contest, frozen_test=_accuracy(fast, course), tuned_test=_accuracy(better, course) if better else None
        )
    with writable_bundle(course.out) as new:
        return course.write(new, better or fast, contest)


def _accuracy(learned: Learned, course: _Course) -> Proportion:
    labels = np.array([photo.label for photo in course.parts.test])
    return wilson(int((learned.test_logits.argmax(axis=1) == labels).sum()), len(labels))


def _learner(
    recipe: Recipe, out: Path, cache: Cache, progress: ProgressHook, language: str, tensorboard: str | Path | None
) -> Learner:
    if isinstance(recipe, NetworkRecipe):
        return NetworkLearner(recipe, out, progress, language, Path(tensorboard) if tensorboard else None)
    if isinstance(recipe, HeadRecipe):
        return FrozenLearner(recipe, cache, progress)
    raise KenaliError(f"the recipe {recipe.name!r} names no method; use FrozenRecipe or NetworkRecipe")


def _scan(photos: str | Path, group_by: str | None, cache: Cache, learner: Learner, progress: ProgressHook) -> Scan:
    scanned = scan(
        photos,
        group_by=group_by,
        facts_store=cache,
        on_decoded=learner.offer,
        min_side=draft_side(learner.preprocessing),
        progress=lambda done, total: progress("scan", done, total),
    )
    require_trainable(scanned)
    return scanned


def _split(scanned: Scan, recipe: Recipe, split_file: str | Path | None) -> Split:
    if split_file is not None:
        return load_split(Path(split_file), scanned.photoset)
    return split(scanned.photoset, ratios=recipe.ratios, seed=recipe.seed)


def _judge(
    title: str,
    scanned: Scan,
    parts: Split,
    learned: Learned,
    trust: Trust,
    shortcuts: tuple[Shortcut, ...],
    language: str,
    contest: Contest | None,
) -> ReportContent:
    """What the report tells: the test part's figures, the cross-validated ones beside them, and the alarms."""
    class_names = scanned.photoset.class_names
    labels = np.array([photo.label for photo in parts.test], np.int64)
    predictions = trust.predictions(learned.test_logits, class_names, learned.test_novelty)
    metrics = score(predictions.probs, labels, class_names) if len(labels) else None
    counts = {
        part: {name: sum(photo.label == label for photo in group) for label, name in enumerate(class_names)}
        for part, group in (("train", parts.train), ("val", parts.val), ("test", parts.test))
    }
    own = learned.cross_validation or metrics
    shortcuts = against(shortcuts, own.balanced_accuracy if own else None)
    paths = [photo.path for photo in parts.test]
    wanted = thumbnails_wanted(class_names, scanned.ledger, paths, labels, predictions)
    return ReportContent(
        title=title,
        counts=counts,
        metrics=metrics,
        cross_validation=learned.cross_validation,
        photos=parts.test,
        labels=labels,
        predictions=predictions,
        thumbs={path: scanned.facts[path].thumb for path in wanted if path in scanned.facts},
        ledger=scanned.ledger,
        alarms=alarms(
            metrics,
            counts,
            cross_validation=learned.cross_validation,
            ledger=scanned.ledger,
            shortcuts=shortcuts,
            language=language,
        ),
        shortcuts=shortcuts,
        strengths=learned.strengths,
        history=learned.history,
        contest=contest,
        calibration=trust.calibration,
        uncalibrated=trust.calibration is None,
        rejection=trust.rejection(predictions, labels),
        sets=trust.set_score(predictions, labels),
    )


def _write_golden(
    folder: Path, recipe: Recipe, network: Network, preprocessing: Preprocessing, photos: tuple[Photo, ...], source: PhotoSource
) -> Golden:
    """Write the golden photos and replay them, so that no bundle leaves that would not answer as it promises."""
    photographed = recipe.golden > 0
    pictures = [_golden_picture(photo, source) for photo in round_robin(photos, recipe.golden)] if photographed else draw()
    count = write_golden(folder, pictures, network, preprocessing)
    if replay(folder, network, preprocessing) > _GOLDEN_TOLERANCE:
        raise KenaliError("the written model does not repeat its own golden answers; nothing was saved")
    return Golden(count=count, photographed=photographed)


def _golden_picture(photo: Photo, source: PhotoSource) -> bytes:
    return photograph(decode(source.read(photo.path)).image)
