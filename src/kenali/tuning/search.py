"""What a search is asked: the plain values that an engine elsewhere needs, and what it tells of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kenali.study.workshop import Workshop
from kenali.training.choices import NetworkRecipe, Recipe
from kenali.tuning.space import Space, Values, own
from kenali.tuning.trial import Trial

ASTRAY = 1e6
"""The loss that stands for a trial that diverged, where a number is needed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`trials` more trials of a recipe's space, for at most `seconds` (None: as long as they take), beside the finished."""

    recipe: Recipe
    dimensions: Space
    finished: tuple[Trial, ...]
    trials: int
    seconds: float | None = None

    @property
    def own(self) -> Values:
        """The values of the recipe itself, whose trial comes first and is never stopped early."""
        return own(self.dimensions)

    @property
    def epochs(self) -> int:
        return self.recipe.epochs if isinstance(self.recipe, NetworkRecipe) else 1

    @property
    def has_own(self) -> bool:
        """Whether the recipe itself was tried."""
        return any(trial.values == self.own for trial in self.finished)


Search = Callable[[Workshop, Wanted, Callable[[Trial], None]], None]
"""Runs the wanted trials somewhere, and hands over each as it finishes."""
