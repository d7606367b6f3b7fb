"""Which photos the report shows, and how many of their thumbnails it can carry."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kenali.types import Ledger, Predictions

MISTAKES = 24
ANSWERS = 20
SUSPECTS = 60
PER_CLASS = 8
SHEET = 160
PICTURE_BYTES = 1_700_000
"""JPEG bytes of thumbnails in one report; as text they take a third more, so that the page stays below 3 MB."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A photo answered wrongly, and the probability of that answer."""

    path: str
    true: str
    predicted: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A test photo, and the class named for it with its probability."""

    path: str
    true: str
    predicted: str
    confidence: float

    @property
    def right(self) -> bool:
        return self.true == self.predicted


def thumbnails_wanted(
    class_names: Sequence[str],
    ledger: Ledger | None,
    paths: Sequence[str] = (),
    labels: npt.ArrayLike = (),
    predictions: Predictions | None = None,
) -> tuple[str, ...]:
    """The photos a report would show, so that thumbnails are made of these alone.

    `paths` and `labels` (n,) are the test part's, in the order of `predictions`; a check needs only the first two.
    """
    mistakes = confident_mistakes(paths, labels, predictions) if predictions is not None else ()
    answers = answer_sheet(paths, labels, predictions) if predictions is not None else ()
    sheet = contact_sheet(by_class(class_names, ledger, paths, labels))
    shown = [*(one.path for one in mistakes), *(one.path for one in answers), *(path for row in sheet.values() for path in row)]
    return tuple(dict.fromkeys(shown))


def confident_mistakes(
    paths: Sequence[str], labels: npt.ArrayLike, predictions: Predictions, limit: int = MISTAKES
) -> tuple[Mistake, ...]:
    """The wrong answers with the highest confidence, surest first; equals by position. labels (n,)."""
    truth, named = np.asarray(labels, dtype=np.int64), predictions.labels
    confidence = predictions.probs[np.arange(len(truth)), named]
    wrong = np.flatnonzero(named != truth)
    surest = wrong[np.argsort(-confidence[wrong], kind="stable")][:limit].tolist()
    names = predictions.class_names
    return tuple(Mistake(paths[i], names[truth[i]], names[named[i]], float(confidence[i])) for i in surest)


def answer_sheet(
    paths: Sequence[str], labels: npt.ArrayLike, predictions: Predictions, limit: int = ANSWERS
) -> tuple[Answer, ...]:
    """Answers drawn by lot, the classes in turn and then side by side, without a look at which are right. labels (n,)."""
    truth, named = np.asarray(labels, dtype=np.int64), predictions.labels
    lot = np.random.default_rng(0).permutation(len(truth)).tolist()
    seen: dict[int, int] = {}
    turns = []
    for i in lot:
        seen[truth[i]] = seen.get(truth[i], 0) + 1
        turns.append((seen[truth[i]], truth[i], i))
    drawn = sorted(sorted(turns)[:limit], key=lambda turn: (turn[1], turn[0]))
    names, probs = predictions.class_names, predictions.probs
    return tuple(Answer(paths[i], names[truth[i]], names[named[i]], float(probs[i, named[i]])) for _, _, i in drawn)


def contact_sheet(classes: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """From all paths of each class the few to show: at most 8 a class and about 160 in all, spread over its files."""
    filled = {name: paths for name, paths in classes.items() if paths}
    each = max(1, min(PER_CLASS, SHEET // max(1, len(filled))))
    return {name: _spread(paths, each) for name, paths in list(filled.items())[:SHEET]}


def by_class(
    class_names: Sequence[str], ledger: Ledger | None, paths: Sequence[str], labels: npt.ArrayLike
) -> dict[str, list[str]]:
    """All photos of each class in path order: the used files of the ledger, or else the test photos `paths`."""
    classes: dict[str, list[str]] = {name: [] for name in class_names}
    if ledger is not None:
        pairs = [(row.label, row.path) for row in ledger.rows if row.fate == "used"]
    else:
        pairs = [(class_names[j], path) for j, path in zip(np.asarray(labels).tolist(), paths, strict=True)]
    for name, path in pairs:
        if name in classes:
            classes[name].append(path)
    return {name: sorted(found) for name, found in classes.items()}


def embedder(thumbs: Mapping[str, bytes], budget: int = PICTURE_BYTES) -> Callable[[str], str | None]:
    """A function from a photo's path to a data URI of its JPEG thumbnail.

    It gives None for a photo without a thumbnail, and for every picture that would exceed `budget` bytes in all.
    """
    left = budget

    def embed(path: str) -> str | None:
        nonlocal left
        jpeg = thumbs.get(path)
        if jpeg is None or len(jpeg) > left:
            return None
        left -= len(jpeg)
        return data_uri(jpeg)

    return embed


def data_uri(jpeg: bytes) -> str:
    """A JPEG as text that a page holds in itself."""
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"


def _spread(paths: Sequence[str], count: int) -> tuple[str, ...]:
    if len(paths) <= count:
        return tuple(paths)
    return tuple(paths[(2 * j + 1) * len(paths) // (2 * count)] for j in range(count))
