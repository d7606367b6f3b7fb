"""The shortcut alarm: can what should not matter tell the classes apart?

Baselines that see nothing but the size of a photo, the way its file was written, its edge, its corners or its background are
cross-validated on the owner's photos. One that gets far says that the model may have learned how the photos were made. A
coarse thumbnail and the mean colour are tried beside them, but can be what the classes truly differ in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from kenali.evaluation.baselines import Held, hold_out, interval, lead
from kenali.photos import PhotoFacts, folds
from kenali.photos.surroundings import BACKGROUND, BORDER, CORNERS
from kenali.types import FloatArray, IntArray, Photo, Proportion

Verdict = Literal["quiet", "noticeable", "gives-away"]

KINDS = ("size", "bytes", "format", "border", "corners", "background")
"""Baselines that should not tell the classes apart."""

SURROUNDINGS = ("border", "corners", "background")
"""Those of them that see pixels, and the subject where it fills the picture: they give the class away only where they tell
clearly more than the middle of the picture does."""

MILD = ("middle", "thumbnail", "colour")
"""Baselines that see the subject itself: never more than noticeable."""

FALSE_ALARMS = 0.05
"""The share of sets without any shortcut of which one baseline or more is not quiet, at most."""

NOTICEABLE = 0.2  # of the way from guessing to being always right: less is no shortcut, however sure
GIVES_AWAY = 0.5  # of the way from guessing to the model
FEWEST = 5  # groups of a class; a class with fewer is left out
MOST = 600  # photos looked at, give or take a few, spread evenly over the classes
_FOLDS = 5
_TRAITS = 40
_ALIKE = 0.95


@dataclass(frozen=True, slots=True)
class Clue:
    """What a baseline goes by, in figures of each class: `what` is `size`, `bytes`, `trait` or `brightness`.

    `by_class` holds the class's median height and width in pixels, bytes a pixel, share of photos with the trait `name`, or
    brightness in 0..1.
    """

    what: str
    by_class: Mapping[str, tuple[float, ...]]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """How well one baseline tells the classes apart on held-out folds.

    `chance` is what guessing gets, `model` the model's own balanced accuracy where there is a model. `p_value` is corrected
    for the number of baselines. `strict` says whether the baseline sees only what should not matter.
    """

    kind: str
    balanced_accuracy: Proportion
    chance: float
    p_value: float
    strict: bool
    model: float | None = None
    clue: Clue | None = None

    @property
    def verdict(self) -> Verdict:
        """`quiet` where chance explains it or it is slight; `gives-away` where it goes half the way of the model or more."""
        if self.p_value > FALSE_ALARMS or self._gained < NOTICEABLE * (1 - self.chance):
            return "quiet"
        return "gives-away" if self.strict and self.goes_far else "noticeable"

    @property
    def goes_far(self) -> bool:
        """Whether it goes half the way of the model, or of a perfect one where there is none."""
        best = 1.0 if self.model is None else self.model
        return self._gained >= GIVES_AWAY * (best - self.chance)

    @property
    def _gained(self) -> float:
        return self.balanced_accuracy.value - self.chance

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "balanced_accuracy": asdict(self.balanced_accuracy),
            "chance": self.chance,
            "model": self.model,
            "p_value": self.p_value,
            "verdict": self.verdict,
        }


def find_shortcuts(
    photos: Sequence[Photo], facts: Mapping[str, PhotoFacts], class_names: Sequence[str]
) -> tuple[Shortcut, ...]:
    """Every baseline's figures on `photos`, whose `facts` go by path; none where fewer than two classes have five groups.

    Groups are never divided between folds. Of large sets some 600 photos are taken, always the same.
    """
    taken = _sample(photos)
    kept = sorted({photo.label for photo in taken})
    if len(kept) < 2:
        return ()
    looks = [facts[photo.path] for photo in taken]
    labels = np.searchsorted(kept, [photo.label for photo in taken])
    units = np.unique([f"{photo.label} {photo.group}" for photo in taken], return_inverse=True)[1]
    held = _best_middle(hold_out(descriptors(looks) | _middles(looks), labels, units, folds(taken, _FOLDS)))
    names = [class_names[label] for label in kept]
    strict = {
        "size": True,
        "format": True,
        "bytes": not _written_alike(looks),
        **{kind: _ahead(held[kind], held["middle"], labels, units) for kind in SURROUNDINGS},
    }
    return tuple(
        Shortcut(
            kind=kind,
            balanced_accuracy=_proportion(one.balanced_accuracy, interval(one.right, labels, units), len(taken)),
            chance=1 / len(kept),
            p_value=one.p_value,
            strict=strict.get(kind, False),
            clue=_clue(kind, looks, labels, names),
        )
        for kind, one in held.items()
    )


def against(shortcuts: Sequence[Shortcut], model: float | None) -> tuple[Shortcut, ...]:
    """The same figures beside a model's balanced accuracy."""
    return tuple(replace(one, model=model) for one in shortcuts)


def descriptors(looks: Sequence[PhotoFacts]) -> dict[str, FloatArray]:
    """What each baseline sees: kind to float32 (n, d)."""
    height, width = np.array([look.size_px for look in looks], float).T
    around = np.stack([look.surroundings for look in looks])
    coarse = np.stack([look.colours for look in looks]).astype(np.float32)  # (n, 8, 8, 3)
    seen = {
        "size": np.log(np.stack([height, width, height * width, width / height], axis=1)),
        "bytes": _bytes_a_pixel(looks)[:, None],
        "format": np.hstack([_traits(looks)[1], [look.encoding.steps for look in looks]]),
        "border": around[:, BORDER],
        "corners": around[:, CORNERS],
        "background": around[:, BACKGROUND],
        "middle": np.stack([look.middle for look in looks]),
        "thumbnail": coarse.reshape(len(looks), -1),
        "colour": coarse.mean(axis=(1, 2)),
    }
    return {kind: seen[kind].astype(np.float32) for kind in (*KINDS, *MILD)}


def _sample(photos: Sequence[Photo]) -> list[Photo]:
    """At most some 600 of the photos, in their order: of classes with five groups or more, each to an even share.

    Of a large group a few photos stand for the rest, which look alike; of more than 120 classes some are drawn.
    """
    units: dict[tuple[str, int], list[Photo]] = {}
    for photo in photos:
        units.setdefault((photo.group, photo.label), []).append(photo)
    random = np.random.default_rng(0)
    enough = [label for label, count in sorted(Counter(label for _, label in units).items()) if count >= FEWEST]
    kept = set(random.permutation(enough)[: MOST // FEWEST].tolist())
    share = MOST // max(1, len(kept))
    most = max(1, share // FEWEST)
    got: Counter[int] = Counter()
    taken: set[str] = set()
    names = sorted(units)
    for index in random.permutation(len(names)):
        label, members = names[index][1], units[names[index]]
        if label in kept and got[label] < share:
            few = members[:: -(-len(members) // most)]
            got[label] += len(few)
            taken.update(photo.path for photo in few)
    return [photo for photo in photos if photo.path in taken]


def _bytes_a_pixel(looks: Sequence[PhotoFacts]) -> FloatArray:
    return np.array([look.encoding.file_bytes / (look.size_px[0] * look.size_px[1]) for look in looks], np.float32)


def _traits(looks: Sequence[PhotoFacts]) -> tuple[list[str], FloatArray]:
    """The most frequent traits of the files that not all share, format first, and which photo (row) has which."""
    owned = [(look.format, *look.encoding.traits) for look in looks]
    count = Counter(name for one in owned for name in one)
    names = [name for name, number in count.most_common() if number < len(owned)][:_TRAITS]
    return names, np.array([[name in one for name in names] for one in owned], np.float32).reshape(len(owned), len(names))


def _written_alike(looks: Sequence[PhotoFacts]) -> bool:
    """Whether all but a few files are of one size and encoding: then their bytes count detail, which the subject may have."""
    ways = Counter((look.size_px, look.format, look.encoding.steps, look.encoding.traits) for look in looks)
    return max(ways.values()) >= _ALIKE * len(looks)


def _middles(looks: Sequence[PhotoFacts]) -> dict[str, FloatArray]:
    """What each of the baselines that see pixels would see if the middle half were the whole picture."""
    middle = np.stack([look.middle for look in looks])
    return {f"middle {kind}": middle[:, part] for kind, part in zip(SURROUNDINGS, (BORDER, CORNERS, BACKGROUND), strict=True)}


def _best_middle(held: Mapping[str, Held]) -> dict[str, Held]:
    """The most telling view of the middle stands for it: all its measures, or those of one kind."""
    views = [kind for kind in held if kind.startswith("middle")]
    best = held[max(views, key=lambda kind: held[kind].balanced_accuracy)]
    return {kind: best if kind == "middle" else held[kind] for kind in (*KINDS, *MILD)}


def _ahead(around: Held, middle: Held, labels: IntArray, units: IntArray) -> bool:
    """Whether one baseline is right more often than another by a noticeable step that chance does not explain."""
    gain, low = lead(around.right, middle.right, labels, units)
    return gain >= NOTICEABLE * (1 - 1 / (int(labels.max()) + 1)) and low > 0


def _proportion(value: float, bounds: tuple[float, float], n: int) -> Proportion:
    low, high = bounds
    return Proportion(value, min(low, value), max(high, value), n)


def _clue(kind: str, looks: Sequence[PhotoFacts], labels: IntArray, names: Sequence[str]) -> Clue | None:
    """What can be said of each class in a figure or two; nothing where it takes more."""
    if kind == "size":
        return Clue("size", _medians(np.array([look.size_px for look in looks]), labels, names))
    if kind == "bytes":
        return Clue("bytes", _medians(_bytes_a_pixel(looks)[:, None], labels, names))
    if kind == "format":
        traits, owned = _traits(looks)
        if not traits:
            return None
        shares = np.array([owned[labels == label].mean(axis=0) for label in range(len(names))])  # (k, traits)
        telling = int(np.ptp(shares, axis=0).argmax())
        by_class = {name: (float(share),) for name, share in zip(names, shares[:, telling], strict=True)}
        return Clue("trait", by_class, traits[telling])
    if kind in ("border", "background"):
        around = np.stack([look.surroundings for look in looks])
        shades = around[:, BORDER].reshape(len(looks), -1, 4)[:, :, :3].mean(axis=(1, 2))
        if kind == "background":
            shades = around[:, BACKGROUND][:, :3].mean(axis=1)
        return Clue("brightness", _medians(shades[:, None] / 255, labels, names))
    return None


def _medians(values: FloatArray, labels: IntArray, names: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """The median of each column of (n, d) in each class."""
    return {
        name: tuple(float(value) for value in np.median(values[labels == label], axis=0)) for label, name in enumerate(names)
    }
