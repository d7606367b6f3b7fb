"""What a search found: its trials, the best of them, and how that one compares with the recipe as it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kenali.errors import KenaliError
from kenali.evaluation import wilson
from kenali.evaluation.paired import Difference, difference
from kenali.study.cell import Figures
from kenali.study.workshop import Workshop
from kenali.training.choices import NetworkRecipe, Recipe
from kenali.tuning.space import Space, own
from kenali.tuning.trial import Trial
from kenali.types import Proportion


@dataclass(frozen=True, slots=True)
class Findings:
    """All trials of a search on the photos `title`, least loss first; those that were stopped or went astray come last.

    `in_order` are the same trials as they finished; `start` is the recipe as it was, `best` the finished trial with the
    least loss on the photos that choose. The other figures are of the `confirm` photos, which no trial learned from and
    none was chosen by: `gain` is the best less the start, None where both are one.
    """

    title: str
    recipe: Recipe
    dimensions: Space
    trials: tuple[Trial, ...]
    in_order: tuple[Trial, ...]
    start: Trial
    best: Trial
    confirmed: Proportion
    before: Proportion
    gain: Difference | None
    class_names: tuple[str, ...]
    photos: int
    confirm: int
    reused: int

    @property
    def by_epochs(self) -> bool:
        return isinstance(self.recipe, NetworkRecipe)

    def count(self, state: str) -> int:
        """How many trials `finished`, were `stopped` early or went `astray`."""
        return sum(trial.state == state for trial in self.trials)


def found(
    title: str, recipe: Recipe, dimensions: Space, trials: tuple[Trial, ...], workshop: Workshop, reused: int
) -> Findings:
    """Raises KenaliError where the recipe itself did not finish, for then there is nothing to compare with."""
    ranked = tuple(sorted(trials, key=lambda trial: (trial.state != "finished", trial.loss is None, trial.loss, trial.key)))
    as_it_was = own(dimensions)
    start = next((trial for trial in ranked if trial.values == as_it_was), None)
    if start is None:
        raise KenaliError(
            "the recipe itself was not tried to its end, so there is nothing to compare with: give it more --time"
        )
    if start.figures is None:
        raise KenaliError(
            f"the recipe itself went astray ({start.diverged}); begin with a lower --learning-rate in a recipe file"
        )
    best = min((start, *(trial for trial in ranked if trial.figures)), key=lambda trial: trial.loss or 0.0)
    assert best.figures is not None
    gain = None if best is start else _gain(best.figures, start.figures, workshop)
    return Findings(
        title=title,
        recipe=recipe,
        dimensions=dimensions,
        trials=ranked,
        in_order=trials,
        start=start,
        best=best,
        confirmed=_right(best.figures),
        before=_right(start.figures),
        gain=gain,
        class_names=workshop.class_names,
        photos=len(workshop.photos),
        confirm=len(start.figures["tested"]),
        reused=reused,
    )


def _right(figures: Figures) -> Proportion:
    n = len(figures["tested"])
    return wilson(n - len(figures["wrong"]), n)


def _gain(best: Figures, start: Figures, workshop: Workshop) -> Difference:
    """The difference of the shares of right answers, photo by photo, with its interval over groups."""
    now, before = set(best["wrong"]), set(start["wrong"])
    values = np.array([float(photo in before) - float(photo in now) for photo in start["tested"]])
    return difference(values, np.array([workshop.photos[photo].group for photo in start["tested"]]))
