"""How much a careless split would have flattered: the fast path judged on photos drawn one by one, and on whole groups."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil, sqrt

import numpy as np

from kenali.evaluation.leakage import Leakage, LeakedPair
from kenali.evaluation.metrics import Z95, wilson
from kenali.evaluation.paired import Difference, Floats
from kenali.photos import Scan, folds, split
from kenali.training.choices import HeadRecipe, Recipe
from kenali.training.frozen import FrozenLearner
from kenali.training.head import Division, Examples, class_weights, judge_divisions
from kenali.training.learned import Learner, Stopwatch
from kenali.types import FloatArray, IntArray, Photo, PhotoSet, Proportion, Split

MOST_DRAWS = 5
_ENOUGH = 1000  # tested photos over all draws; more would cost time and tell little more
_USUAL = (0.8, 0.0, 0.2)  # where the recipe keeps no photo for testing


def leakage_of(recipe: Recipe, scanned: Scan, learner: Learner, watch: Stopwatch) -> Leakage | None:
    """What a careless split would have claimed of the fast path, where there is anything that it could tear apart."""
    if not (isinstance(recipe, HeadRecipe) and isinstance(learner, FrozenLearner) and could_leak(scanned)):
        return None
    source, strength = scanned.photoset.source, learner.fitted().strength
    with watch.time("leakage"):
        return measure_leakage(scanned, recipe, strength, lambda photos: learner.features(photos, source))


def thumbs_of(leakage: Leakage, scanned: Scan) -> dict[str, bytes]:
    """The pictures of the leaked pairs that a report shows, some of which were set aside."""
    facts = {**scanned.facts, **{photo.path: one for photo, one in scanned.spare.items()}}
    return {path: facts[path].thumb for pair in leakage.shown for path in (pair.test, pair.train)}


def could_leak(scanned: Scan) -> bool:
    """Whether a careless split could tear anything apart: a group of several photos, or a copy that was set aside."""
    sizes = Counter(photo.group for photo in scanned.photoset.photos)
    return bool(scanned.spare) or max(sizes.values(), default=0) > 1


def measure_leakage(
    scanned: Scan, recipe: HeadRecipe, strength: float, features_of: Callable[[Sequence[Photo]], FloatArray]
) -> Leakage | None:
    """Judge heads of one `strength` on test parts of the recipe's share, with `features_of` the photos (n, d).

    The careless split draws photos one by one, from the used ones and the copies set aside, the careful one whole groups
    of the used ones. Where the owner fixed no part, the test parts of each are folds, so that both test the same photos.
    None where a class is left without a training photo.
    """
    used = scanned.photoset
    photos = tuple(sorted((*used.photos, *scanned.spare), key=lambda photo: photo.path))
    alone = PhotoSet(tuple(replace(photo, group=photo.path) for photo in photos), used.class_names, used.source)
    position = {photo.path: row for row, photo in enumerate(photos)}
    careless, careful = (_divisions(photoset, recipe, position) for photoset in (alone, used))
    labels = np.array([photo.label for photo in photos], np.int64)
    k = len(used.class_names)
    if not all(len(division.test) and len(set(labels[division.train])) == k for division in (*careless, *careful)):
        return None
    features = features_of(photos)
    weights = class_weights(labels, k) if recipe.balance_classes else np.ones(len(labels))
    examples = Examples(features, labels, weights, np.arange(len(labels)), k)
    answers = judge_divisions(examples, (*careless, *careful), strength)
    naive = _Tally(labels, careless, answers[: len(careless)])
    safe = _Tally(labels, careful, answers[len(careless) :])
    groups = np.unique([photo.group for photo in photos], return_inverse=True)[1]
    torn = [_torn(division, groups) for division in careless]
    return Leakage(
        naive=naive.share,
        safe=safe.share,
        flattery=_difference(naive, safe, groups),
        draws=len(careless),
        tested=float(np.mean([len(division.test) for division in careless])),
        leaked=float(np.mean([len(one) for one in torn])),
        pairs=_pairs(torn[0], features, [photo.path for photo in photos]),
    )


def _divisions(photoset: PhotoSet, recipe: HeadRecipe, position: dict[str, int]) -> list[Division]:
    """As many divisions as it takes to test enough photos, five at most; one where the owner fixed every part.

    The fast path learns from the validation part too.
    """
    ratios = recipe.ratios if recipe.ratios[2] else _USUAL
    photos, share = photoset.photos, ratios[2] / sum(ratios)
    draws = min(MOST_DRAWS, ceil(_ENOUGH / (len(photos) * share)))
    if not any(photo.part for photo in photos):
        rows = np.array([position[photo.path] for photo in photos], np.int64)
        fold = folds(photos, max(2, round(1 / share)), recipe.seed)
        return [Division(rows[fold != j], rows[fold == j]) for j in range(min(draws, int(fold.max()) + 1))]
    seeds = range(recipe.seed, recipe.seed + (1 if all(photo.part for photo in photos) else draws))
    return [_division(split(photoset, ratios=ratios, seed=seed), position) for seed in seeds]


class _Tally:
    """How often each photo was tested, and how often named right, (n,), over several divisions."""

    def __init__(self, labels: IntArray, divisions: Sequence[Division], answers: Sequence[FloatArray]) -> None:
        self.tested: Floats = np.zeros(len(labels))
        self.right: Floats = np.zeros(len(labels))
        for division, probs in zip(divisions, answers, strict=True):
            self.tested[division.test] += 1
            self.right[division.test] += probs.argmax(axis=1) == labels[division.test]

    @property
    def mean(self) -> float:
        return float(self.right.sum() / self.tested.sum())

    @property
    def share(self) -> Proportion:
        """The mean, with the interval that it has when each photo that was ever tested counts once."""
        n = int((self.tested > 0).sum())
        interval = wilson(round(self.mean * n), n)
        return Proportion(self.mean, interval.low, interval.high, n)

    def influence(self, groups: IntArray) -> Floats:
        """What each group adds to the mean's deviation, (groups,)."""
        shares: Floats = np.bincount(groups, weights=self.right - self.mean * self.tested) / self.tested.sum()
        return shares


def _difference(naive: _Tally, safe: _Tally, groups: IntArray) -> Difference:
    """The careless mean less the careful one; its interval takes groups as units (linearised, as in survey sampling)."""
    half = Z95 * sqrt(float(((naive.influence(groups) - safe.influence(groups)) ** 2).sum()))
    value = naive.mean - safe.mean
    return Difference(value, max(-1.0, value - half), min(1.0, value + half))


def _division(parts: Split, position: dict[str, int]) -> Division:
    rows = [np.array([position[photo.path] for photo in part], np.int64) for part in (parts.train + parts.val, parts.test)]
    return Division(*rows)


def _torn(division: Division, groups: IntArray) -> dict[int, list[int]]:
    """The test photos that have photos of their group in the training part, with these."""
    learned: defaultdict[int, list[int]] = defaultdict(list)
    for row in division.train.tolist():
        learned[int(groups[row])].append(row)
    return {row: learned[int(groups[row])] for row in division.test.tolist() if int(groups[row]) in learned}


def _pairs(torn: dict[int, list[int]], features: FloatArray, paths: list[str]) -> tuple[LeakedPair, ...]:
    """Each torn test photo with the training photo of its group that is most like it."""
    units = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
    pairs = []
    for row, mates in torn.items():
        cosines = units[mates] @ units[row]
        pairs.append(LeakedPair(paths[row], paths[mates[int(cosines.argmax())]], float(cosines.max())))
    return tuple(sorted(pairs, key=lambda pair: (-pair.similarity, pair.test)))
