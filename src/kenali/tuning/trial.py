"""One trial: a recipe learned from most of the training part, judged on photos of it that were held out.

The test part takes no part in anything here. Of the training part a fifth is set aside to confirm: no trial learns from it or
is chosen by it, so that the best recipe and the one it began as can be compared on it without the luck of the choice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from kenali.errors import KenaliError
from kenali.photos import folds, split
from kenali.study.cell import Figures
from kenali.study.methods import fit_head, judge_network, train_by_epochs
from kenali.study.workshop import Task, Workshop
from kenali.training.choices import FrozenRecipe, HeadRecipe, NetworkRecipe, Recipe
from kenali.tuning.space import Value, Values

_FOLDS = 5  # of the training part: one confirms, and where no validation part is set apart, one chooses


@dataclass(frozen=True, slots=True)
class Epoch:
    """How far a trial has come: its `loss` (mean log-loss) and share of right answers on held-out photos at its best epoch
    so far. The last one of a trial has the `figures` of the photos that confirm, or says that it `diverged`."""

    epoch: int
    loss: float | None
    accuracy: float | None
    figures: Figures | None = None
    diverged: str = ""

    @property
    def last(self) -> bool:
        return self.figures is not None or bool(self.diverged)


@dataclass(frozen=True, slots=True)
class Trial:
    """A finished trial: its values, what it came to, and the held-out loss after each epoch, None where it went astray.

    Without `figures` it was stopped early, being behind the others, or it diverged. `number` counts the trials of a search
    from 1 as they finish.
    """

    values: dict[str, Value]
    epochs: int
    loss: float | None
    accuracy: float | None
    losses: tuple[float | None, ...]
    seconds: float
    figures: Figures | None = None
    diverged: str = ""
    number: int = 0

    @property
    def key(self) -> str:
        """Equal for equal values."""
        return hashlib.sha256(json.dumps(self.values, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def state(self) -> str:
        return "astray" if self.diverged else "finished" if self.figures is not None else "stopped"

    def document(self) -> dict[str, Any]:
        return asdict(self)


def read_trial(document: Mapping[str, Any]) -> Trial | None:
    """The trial that a document tells of, None where it is none."""
    try:
        return TypeAdapter(Trial).validate_python(document)
    except ValidationError:
        return None


def ended(values: Values, epochs: list[Epoch], seconds: float) -> Trial:
    """The trial that these epochs, at least one, came to."""
    last = epochs[-1]
    learned = [one for one in epochs if not one.diverged]
    losses = {one.epoch: one.loss for one in learned}
    return Trial(
        values=dict(values),
        epochs=last.epoch,
        loss=None if last.diverged else last.loss,
        accuracy=None if last.diverged else last.accuracy,
        losses=tuple(losses[epoch] for epoch in sorted(losses)),
        seconds=round(seconds, 2),
        figures=last.figures,
        diverged=last.diverged,
    )


def parts_of(workshop: Workshop, recipe: Recipe) -> Task:
    """The training part in three: to learn from, to choose by (for a network), and, as the task's `test`, to confirm.

    Groups stay whole. Raises KenaliError where there are too few photos.
    """
    divided = split(workshop.scanned.photoset, ratios=recipe.ratios, seed=recipe.seed)
    fold = folds(divided.train, _FOLDS, recipe.seed)
    confirm = tuple(photo for photo, own in zip(divided.train, fold.tolist(), strict=True) if own == 0)
    choose = divided.val
    if isinstance(recipe, NetworkRecipe) and not choose:
        choose = tuple(photo for photo, own in zip(divided.train, fold.tolist(), strict=True) if own == 1)
    elsewhere = {photo.path for photo in (*confirm, *choose)}
    learn = tuple(photo for photo in divided.train if photo.path not in elsewhere)
    if not confirm or not learn:
        raise KenaliError("too few photos to tune: a fifth of the training part must be held out to confirm what is found")
    return Task(learn, choose, confirm, None)


def run_trial(workshop: Workshop, recipe: Recipe) -> Iterator[Epoch]:
    """Learn by the recipe and tell of each epoch; the fast path has one. Raises KenaliError where the photos forbid it."""
    task = workshop.remembered(f"trial {recipe.ratios} {recipe.seed}", lambda: parts_of(workshop, recipe))
    if isinstance(recipe, NetworkRecipe):
        yield from _by_epochs(workshop, recipe, task)
    else:
        yield _head(workshop, recipe, task)


def _head(workshop: Workshop, recipe: Recipe, task: Task) -> Epoch:
    """The fast path, chosen by its cross-validation, whose folds keep groups whole."""
    if not isinstance(recipe, HeadRecipe):
        raise KenaliError(f"the recipe {recipe.name!r} names no method; use FrozenRecipe or NetworkRecipe")
    frozen = FrozenRecipe(**{name: getattr(recipe, name) for name in HeadRecipe.model_fields})
    head, learned = fit_head(workshop, frozen, task)
    held_out = learned.held_out
    if held_out is None:
        raise KenaliError("too few photos to tune: every class needs photos of at least two groups in the training part")
    right = held_out.probs[np.arange(len(held_out.labels)), held_out.labels]
    loss = float(-np.log(np.maximum(right, 1e-12)).mean())
    accuracy = float((held_out.probs.argmax(axis=1) == held_out.labels).mean())
    return Epoch(1, loss, accuracy, workshop.judged(task, head.logits(workshop.test_features(frozen.backbone, task))))


def _by_epochs(workshop: Workshop, recipe: NetworkRecipe, task: Task) -> Iterator[Epoch]:
    """A network, chosen by the validation loss of its best epoch, which is the one that is kept."""
    best, number = Epoch(0, None, None), 0
    learning = train_by_epochs(workshop, recipe, task)
    while True:
        try:
            event = next(learning)
        except StopIteration as end:
            network, told = end.value
            break
        number = event.epoch
        if best.loss is None or (event.val_loss is not None and event.val_loss < best.loss):
            best = Epoch(number, event.val_loss, event.val_accuracy)
        yield Epoch(number, best.loss, best.accuracy)
    if network is None:
        yield Epoch(number, None, None, diverged=told["diverged"])
    else:
        yield Epoch(number, best.loss, best.accuracy, judge_network(workshop, recipe, task, network))
