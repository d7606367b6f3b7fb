"""Where the cells of a study are made: the scan, features and decoded photos that they share, each computed once.

Nothing in it changes what a cell finds: cells may run in any order and in any process, and a worker elsewhere that opens
its own workshop on the same photos finds the same figures.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kenali.cache import Cache
from kenali.errors import KenaliError
from kenali.evaluation import score
from kenali.images import decode, draft_side, preprocess
from kenali.models.backbones import load_backbone
from kenali.network import softmax
from kenali.parallel import map_in_order
from kenali.photos import Scan, require_trainable, scan, split
from kenali.study.cell import Figures
from kenali.study.degrade import degraded
from kenali.training.embed import Embedder
from kenali.training.learned import ProgressHook
from kenali.training.pixels import PixelSet, pixel_set
from kenali.types import FloatArray, Photo, Pixels, Preprocessing

Degradation = tuple[str, float | None]
"""A kind and strength of `degrade.DEGRADATIONS`."""


@dataclass(frozen=True, slots=True)
class Task:
    """The photos of one cell: those to learn from, those that choose an epoch, and those to be judged on."""

    train: tuple[Photo, ...]
    val: tuple[Photo, ...]
    test: tuple[Photo, ...]
    degradation: Degradation | None


class Workshop:
    """Opened on a folder, ZIP or CSV of photos; a context, for it holds the cache and a folder for large arrays."""

    def __init__(self, photos: str | Path, group_by: str | None = None, progress: ProgressHook = lambda *_: None) -> None:
        self.opened = (str(photos), group_by)
        self._cache = Cache()
        self._folder = tempfile.TemporaryDirectory(prefix="kenali-study-")
        self._progress = progress
        self._known: dict[str, Any] = {}
        try:
            self.scanned: Scan = scan(
                photos,
                group_by=group_by,
                facts_store=self._cache,
                progress=lambda done, total: progress("scan", done, total),
            )
            require_trainable(self.scanned)
        except BaseException:
            self.close()
            raise
        self.photos = self.scanned.photoset.photos
        self.class_names = self.scanned.photoset.class_names
        self._position = {photo.path: index for index, photo in enumerate(self.photos)}

    def fingerprint(self) -> str:
        """Equal for equal photos, names, classes, groups and fixed parts: all that a split depends on."""
        lines = [f"{p.path}\t{p.sha256}\t{self.class_names[p.label]}\t{p.group}\t{p.part}\n" for p in self.photos]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def task(self, ratios: tuple[float, float, float], parameters: Mapping[str, Any], seed: int) -> Task:
        """The split of this seed, with at most `amount` training photos a class, and with the test part's `degradation`.

        Of a validation part as large a share is kept as of the training part. The test part follows from ratios and
        seed alone. Raises KenaliError where there is none.
        """
        parts = self.remembered(f"split {ratios} {seed}", lambda: split(self.scanned.photoset, ratios=ratios, seed=seed))
        if not parts.test:
            raise KenaliError("a study needs a test part: give the recipe a test share in its ratios, or add a test folder")
        train, val, amount = parts.train, parts.val, parameters.get("amount")
        if amount is not None:
            beside = max(1, round(amount * len(val) / len(train)))
            train, val = some_of_each(train, amount, seed), some_of_each(val, beside, seed)
        degradation = parameters.get("degradation")
        return Task(train, val, parts.test, (degradation[0], degradation[1]) if degradation else None)

    def judged(self, task: Task, logits: FloatArray) -> Figures:
        """How logits (n, k) for the test part fare: `accuracy`, `balanced_accuracy`, `macro_f1`, and by position in the
        set the photos `tested` and those of them named `wrong`."""
        labels = np.array([photo.label for photo in task.test], np.int64)
        metrics = score(softmax(logits), labels, self.class_names)
        tested = [self._position[photo.path] for photo in task.test]
        wrong = np.flatnonzero(logits.argmax(axis=1) != labels).tolist()
        return {
            "accuracy": metrics.accuracy.value,
            "balanced_accuracy": metrics.balanced_accuracy,
            "macro_f1": metrics.macro.f1,
            "train_photos": len(task.train) + len(task.val),
            "tested": tested,
            "wrong": [tested[index] for index in wrong],
        }

    def test_features(self, backbone: str, task: Task) -> FloatArray:
        """Features (n, d) of the test part, degraded as the task says; remembered between runs."""
        embedder: Embedder = self.remembered(f"embedder {backbone}", lambda: Embedder(self.backbone(backbone), self._cache))
        source, degradation = self.scanned.photoset.source, task.degradation
        if degradation is None:
            return embedder.embed(task.test, source)
        kind, strength = degradation
        name = f"degraded {kind} {strength} v1"
        return embedder.embed(task.test, source, name, alter=lambda photo, image: degraded(image, kind, strength, photo.sha256))

    def backbone(self, name: str) -> Any:
        return self.remembered(f"backbone {name}", lambda: load_backbone(name, lambda told: self._progress(told, 0, 0)))

    def pixels(self, photos: Sequence[Photo], preprocessing: Preprocessing) -> PixelSet:
        """Decoded photos, from one set of all photos that is filled once for each preprocessing."""
        whole: PixelSet = self.remembered(
            f"pixels {preprocessing}",
            lambda: pixel_set(self.photos, self.scanned.photoset.source, preprocessing, self.folder, self._decoding),
        )
        rows = np.array([self._position[photo.path] for photo in photos], np.int64)
        return whole.take(rows)

    def test_pixels(self, task: Task, preprocessing: Preprocessing) -> Pixels | Any:
        """What a network sees of the test part, degraded as the task says: uint8 (n, h, w, c)."""
        if task.degradation is None:
            return self.pixels(task.test, preprocessing).pixels
        kind, strength = task.degradation
        source = self.scanned.photoset.source

        def look(photo: Photo) -> Pixels:
            image = decode(source.read(photo.path), min_side=draft_side(preprocessing)).image
            return preprocess(degraded(image, kind, strength, photo.sha256), preprocessing)

        return np.stack(list(map_in_order(look, task.test)))

    def remembered(self, what: str, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for each `what`."""
        if what not in self._known:
            self._known[what] = make()
        return self._known[what]

    def lately(self, kind: str, what: str, make: Callable[[], Any]) -> Any:
        """Like `remembered`, but only the last of each `kind` is kept."""
        if self._known.get(kind, (None,))[0] != what:
            self._known[kind] = (what, make())
        return self._known[kind][1]

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    @property
    def cache(self) -> Cache:
        return self._cache

    def _decoding(self, done: int, total: int) -> None:
        self._progress("decode", done, total)

    def close(self) -> None:
        self._known.clear()  # Windows removes no file that is still mapped
        self._cache.close()
        self._folder.cleanup()

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def some_of_each(photos: tuple[Photo, ...], amount: int, seed: int) -> tuple[Photo, ...]:
    """At most `amount` photos of each class, drawn by `seed`; a smaller amount draws some of those of a larger one."""
    taken: Counter[int] = Counter()
    chosen: list[int] = []
    for index in np.random.default_rng([seed, 1]).permutation(len(photos)).tolist():
        label = photos[index].label
        if taken[label] < amount:
            taken[label] += 1
            chosen.append(index)
    return tuple(photos[index] for index in sorted(chosen))
