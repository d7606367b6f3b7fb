"""From a folder of photos to a bundle: scan, split, learn, evaluate, write."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from kenali.bundle.store import writable_bundle
from kenali.cache import Cache
from kenali.errors import KenaliError
from kenali.evaluation import find_shortcuts, wilson
from kenali.images import draft_side
from kenali.photos import Scan, load_split, require_trainable, scan, split
from kenali.receipt import Ran
from kenali.training.choices import AutoRecipe, HeadRecipe, NetworkRecipe, Recipe
from kenali.training.course import Assessed, Course, TrainResult
from kenali.training.frozen import FrozenLearner
from kenali.training.improve import improve
from kenali.training.leakage import leakage_of
from kenali.training.learned import Learned, Learner, ProgressHook, Stopwatch
from kenali.training.network_learner import Epochwise, NetworkLearner
from kenali.training.recipe import load_recipe
from kenali.types import Proportion, Split


def train(
    photos: str | Path,
    out: str | Path = "bundle",
    *,
    recipe: Recipe | None = None,
    split_file: str | Path | None = None,
    group_by: str | None = None,
    language: str = "en",
    tensorboard: str | Path | None = None,
    ran: Ran | None = None,
    progress: ProgressHook = lambda *_: None,
    epochwise: Epochwise | None = None,
) -> TrainResult:
    """Train a classifier on the photos in `photos` (a folder, ZIP or CSV) and write it as the bundle `out`.

    The test part comes from `split_file`, else from test folders or a CSV's split column, else from the recipe's
    ratios. The fast path joins photos set apart for validation to the training part, which its cross-validation divides
    itself; a network chooses its epoch by them. The recipe `auto` writes the fast path's bundle first, then spends its
    budget on a better one. `group_by` is a regular expression over paths: photos with the same match stay on one side of
    every split. `tensorboard` is a folder for TensorBoard's files about a network; `epochwise` has its epochs run
    elsewhere. `ran` says in the receipt where the run was computed, None: on this machine. An earlier bundle at `out` is
    replaced. Raises KenaliError when the photos do not allow training.
    """
    out = Path(out)
    if out.resolve().is_relative_to(Path(photos).resolve()):
        raise KenaliError(f"the bundle {out} would lie among the photos in {photos}; choose a place outside with -o")
    recipe, ran = recipe or load_recipe(), ran or Ran.here()
    watch = Stopwatch()
    with Cache() as cache:
        with writable_bundle(out) as folder:
            learner = _learner(recipe, out, cache, progress, language, tensorboard, epochwise)
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
            course = Course(out, recipe, scanned, parts, learner.preprocessing, shortcuts, language, watch, ran, leakage)
            progress("write", 0, 0)
            first = course.assess(learned)
            result = course.write(folder, first)
        learner.close(finished=True)
        if isinstance(recipe, AutoRecipe) and recipe.budget and isinstance(learner, FrozenLearner):
            progress("first", 1, 1)
            result = _improved(course, recipe, learner, first, progress)
    return result


def _improved(
    course: Course, recipe: AutoRecipe, learner: FrozenLearner, fast: Assessed, progress: ProgressHook
) -> TrainResult:
    """Fine-tune within the budget, and write the bundle anew: with the better model, and with how the two compare."""
    folder = course.out.parent / f"{course.out.name}.training"
    try:
        with course.watch.time("fine-tune"):
            better, contest = improve(recipe, fast.learned, learner.fitted(), course.scanned, course.parts, folder, progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if course.parts.test:
        contest = replace(
            contest, frozen_test=_accuracy(fast.learned, course), tuned_test=_accuracy(better, course) if better else None
        )
    with writable_bundle(course.out) as new:
        return course.write(new, course.assess(better) if better else fast, contest)


def _accuracy(learned: Learned, course: Course) -> Proportion:
    labels = np.array([photo.label for photo in course.parts.test])
    return wilson(int((learned.test_logits.argmax(axis=1) == labels).sum()), len(labels))


def _learner(
    recipe: Recipe,
    out: Path,
    cache: Cache,
    progress: ProgressHook,
    language: str,
    tensorboard: str | Path | None,
    epochwise: Epochwise | None,
) -> Learner:
    if isinstance(recipe, NetworkRecipe):
        return NetworkLearner(recipe, out, progress, language, Path(tensorboard) if tensorboard else None, epochwise)
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
