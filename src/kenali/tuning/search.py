"""What a search is asked: the plain values that an engine elsewhere needs, and what it tells of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kenali.study.workshop import Workshop
from kenali.training.choices import NetworkRecipe, Recipe
from kenali.tuning.space import Space, Values, all_values, own
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
    def ahead(self) -> tuple[Values, ...]:
        """Values to try before a searcher chooses any: the recipe's own, or, in a space of choices alone, as many as wanted.

        Such a space is drawn from without putting anything back, for a searcher would try the same again and again.
        """
        known = [trial.values for trial in self.finished]
        listed = all_values(self.dimensions, self.recipe.seed) or (self.own,)
        return tuple(values for values in listed if values not in known)[: self.trials]


Search = Callable[[Workshop, Wanted, Callable[[Trial], None]], None]
"""Runs the wanted trials somewhere, and hands over each as it finishes."""
