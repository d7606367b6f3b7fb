"""Photos whose label is doubtful, found by models that have not seen them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kenali.cache import Cache
from kenali.errors import KenaliError
from kenali.models.backbones import load_backbone
from kenali.photos import Scan, Suspect, folds, require_trainable, scan
from kenali.training.choices import FrozenRecipe, HeadRecipe
from kenali.training.embed import Embedder
from kenali.training.head import Examples, class_weights, cross_validate
from kenali.training.learned import ProgressHook
from kenali.types import FloatArray, IntArray, Photo


def label_suspects(
    photos: str | Path,
    *,
    group_by: str | None = None,
    recipe: HeadRecipe | None = None,
    progress: ProgressHook = lambda *_: None,
) -> tuple[Scan, tuple[Suspect, ...]]:
    """Scan `photos` (a folder, ZIP or CSV) and find the used ones whose label is doubtful, the most doubtful first.

    Every photo is judged by a head on frozen features that was fitted without it and its group (cross-validation, as in
    the fast path); see `rank` for what makes a suspect. Raises KenaliError where the photos do not allow training.
    """
    scanned, probs, labels = judge_labels(photos, group_by=group_by, recipe=recipe, progress=progress)
    used, names = scanned.photoset.photos, scanned.photoset.class_names
    return scanned, tuple(
        Suspect(used[i].path, names[labels[i]], names[j], float(probs[i, labels[i]]), float(probs[i, j]), strong)
        for i, j, strong in rank(probs, labels)
    )


def judge_labels(
    photos: str | Path,
    *,
    group_by: str | None = None,
    recipe: HeadRecipe | None = None,
    progress: ProgressHook = lambda *_: None,
) -> tuple[Scan, FloatArray, IntArray]:
    """The scan, held-out probabilities (n, k) of its used photos, and their labels (n,)."""
    recipe = recipe or FrozenRecipe()
    with Cache() as cache:
        embedder = Embedder(load_backbone(recipe.backbone, lambda sentence: progress(sentence, 0, 0)), cache)
        try:
            scanned = scan(
                photos,
                group_by=group_by,
                facts_store=cache,
                on_decoded=embedder.offer,
                min_side=embedder.min_side,
                progress=lambda done, total: progress("scan", done, total),
            )
            require_trainable(scanned)
            used, source = scanned.photoset.photos, scanned.photoset.source
            features = embedder.embed(used, source, progress=lambda done, total: progress("embed", done, total))
        finally:
            embedder.flush()
    progress("fit", 0, 0)
    labels = np.array([photo.label for photo in used], np.int64)
    return scanned, held_out_probs(used, features, labels, scanned.photoset.class_names, recipe), labels


def held_out_probs(
    photos: Sequence[Photo], features: FloatArray, labels: IntArray, class_names: tuple[str, ...], recipe: HeadRecipe
) -> FloatArray:
    """Probabilities (n, k) of each photo by a head fitted without its fold, groups whole; features (n, d), labels (n,)."""
    k = len(class_names)
    groups = [len({photo.group for photo in photos if photo.label == label}) for label in range(k)]
    if min(groups) < 2:
        name = class_names[groups.index(min(groups))]
        raise KenaliError(f"labels cannot be judged: all photos of {name!r} form one group; add photos of other origin")
    weights = class_weights(labels, k) if recipe.balance_classes else np.ones(len(labels))
    examples = Examples(features, labels, weights, np.arange(len(labels)), k)
    fold_of_photo = folds(photos, min(recipe.folds, *groups), recipe.seed)
    found: FloatArray = cross_validate(examples, fold_of_photo, recipe.strengths).probs
    return found


def rank(probs: FloatArray, labels: IntArray) -> list[tuple[int, int, bool]]:
    """(photo, suggested class, strong) of the doubtful labels, the most doubtful first; probs (n, k) are held-out.

    A label is doubtful where another class is more probable, the more so the less probable its own class is (ranking by
    self-confidence). The doubt is strong where the suggested class reaches the mean probability that it has among the
    photos labelled so: these are the off-diagonal entries of confident learning's joint. Source: C. Northcutt, L. Jiang,
    I. Chuang, Confident learning, J. Artif. Intell. Res. 70 (2021); a test holds this to cleanlab's result, which takes
    pandas, scikit-learn and three seconds to import.
    """
    rows = np.arange(len(labels))
    means = np.array([probs[labels == label, label].mean() for label in range(probs.shape[1])])
    confident = np.where(probs >= means, probs, -1.0)
    named, counted = probs.argmax(axis=1), confident.argmax(axis=1)
    strong = (confident[rows, counted] >= 0) & (counted != labels)
    own = probs[rows, labels]
    doubtful = np.flatnonzero(named != labels)
    ranked = doubtful[np.argsort(own[doubtful], kind="stable")]
    return [(int(i), int(named[i]), bool(strong[i])) for i in ranked]
