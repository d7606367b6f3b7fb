"""What is searched: for each choice of a recipe the values that it may take, and the recipe that some values make."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from kenali.errors import KenaliError, did_you_mean
from kenali.models.backbones import BACKBONES, is_at_hand
from kenali.training.choices import Augmentation, HeadRecipe, NetworkRecipe, Recipe

Value = str | float
Values = Mapping[str, Value]
"""A value for each dimension of a space, by name."""

OWN = "own"
"""The recipe's own, where a choice is more than a name or a number."""

AUGMENTATIONS: Mapping[str, Augmentation] = {
    "none": Augmentation(),
    "light": Augmentation(crop=0.8, mirror=True, rotation=5, brightness=(0.9, 1.1), contrast=(0.9, 1.1)),
    "strong": Augmentation(
        crop=0.4, mirror=True, rotation=15, brightness=(0.75, 1.25), contrast=(0.8, 1.2), saturation=(0.8, 1.2), erase=0.2
    ),
}
_STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
_DECAYS = (0.0, 0.00001, 0.0001, 0.001, 0.01, 0.1)
_TIMES = 30.0  # how far beyond the recipe's own a learning rate may lie, either way


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few options without an order; `own` is what the recipe has."""

    name: str
    own: Value
    options: tuple[Value, ...]

    def __contains__(self, value: object) -> bool:
        return value in self.options


@dataclass(frozen=True, slots=True)
class Span:
    """A number from `low` to `high`, searched by its logarithm; `own` is what the recipe has."""

    name: str
    own: float
    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        return isinstance(value, float) and math.isfinite(value) and self.low <= value <= self.high


Dimension = Choice | Span
Space = tuple[Dimension, ...]


def space(recipe: Recipe, over: tuple[str, ...] = ()) -> Space:
    """The dimensions `over` of a recipe; without names all that make sense for it.

    Raises KenaliError for a name that the recipe's way of learning does not know, or has no choice in.
    """
    known = _NETWORK if isinstance(recipe, NetworkRecipe) else _HEAD
    for name in over:
        if name not in known:
            raise KenaliError(
                f"the recipe {recipe.name!r} has no {name!r} to tune.{did_you_mean(name, known)} It has {', '.join(known)}"
            )
    found = [known[name](recipe) for name in over or known]
    for dimension in found:
        if over and isinstance(dimension, Choice) and len(dimension.options) < 2:
            raise KenaliError(f"there is no other {dimension.name} than {dimension.own} to try for the recipe {recipe.name!r}")
    return tuple(one for one in found if isinstance(one, Span) or len(one.options) > 1)


def own(dimensions: Space) -> dict[str, Value]:
    """The values that the recipe has."""
    return {dimension.name: dimension.own for dimension in dimensions}


def all_values(dimensions: Space, seed: int) -> tuple[Values, ...] | None:
    """All that a space of choices alone holds: the recipe's own values, then the others in an order that `seed` draws.

    None where a dimension is a span, which no list exhausts.
    """
    options = [one.options for one in dimensions if isinstance(one, Choice)]
    if len(options) < len(dimensions):
        return None
    as_it_is, names = own(dimensions), [one.name for one in dimensions]
    others = [values for chosen in product(*options) if (values := dict(zip(names, chosen, strict=True))) != as_it_is]
    return (as_it_is, *(others[place] for place in np.random.default_rng(seed).permutation(len(others))))


def lies_in(values: Values, dimensions: Space) -> bool:
    """Whether the values are some of this very space."""
    return set(values) == {one.name for one in dimensions} and all(values[one.name] in one for one in dimensions)


def with_values(recipe: Recipe, values: Values) -> Recipe:
    """The recipe with these values in the place of its own."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if value == OWN:
            continue
        if name in ("learning_rate", "weight_decay"):
            optimiser = changes.setdefault("optimiser", dict(recipe.model_dump()["optimiser"]))
            optimiser[name] = value
        elif name == "augmentation":
            changes[name] = AUGMENTATIONS[str(value)]
        elif name == "strength":
            changes["strengths"] = (value,)
        elif isinstance(recipe, NetworkRecipe):
            changes["network"] = value
        else:
            changes[name] = value
    return type(recipe).model_validate({**recipe.model_dump(), **changes})


def _learning_rate(recipe: Recipe) -> Dimension:
    assert isinstance(recipe, NetworkRecipe)
    rate = recipe.optimiser.learning_rate
    return Span("learning_rate", rate, rate / _TIMES, rate * _TIMES)


def _weight_decay(recipe: Recipe) -> Dimension:
    assert isinstance(recipe, NetworkRecipe)
    decay = recipe.optimiser.weight_decay
    return Choice("weight_decay", decay, tuple(sorted({decay, *_DECAYS})))


def _augmentation(recipe: Recipe) -> Dimension:
    assert isinstance(recipe, NetworkRecipe)
    same = next((name for name, one in AUGMENTATIONS.items() if one == recipe.augmentation), None)
    return Choice("augmentation", same or OWN, tuple(AUGMENTATIONS) if same else (OWN, *AUGMENTATIONS))


def _backbone(recipe: Recipe) -> Dimension:
    """Other backbones that ship, as far as they are installed; a network that begins at random has none."""
    if isinstance(recipe, NetworkRecipe):
        mine, others = recipe.network, recipe.weights == "shipped"
    else:
        assert isinstance(recipe, HeadRecipe)
        mine, others = recipe.backbone, True
    at_hand = [name for name in BACKBONES if name == mine or (others and is_at_hand(name))]
    return Choice("backbone", mine, tuple(dict.fromkeys((mine, *at_hand))))


def _strength(recipe: Recipe) -> Dimension:
    """Left to cross-validation among the recipe's strengths, as is its own way, or fixed."""
    return Choice("strength", OWN, (OWN, *_STRENGTHS))


_HEAD: Mapping[str, Callable[[Recipe], Dimension]] = {"backbone": _backbone, "strength": _strength}
_NETWORK: Mapping[str, Callable[[Recipe], Dimension]] = {
    "learning_rate": _learning_rate,
    "weight_decay": _weight_decay,
    "augmentation": _augmentation,
    "backbone": _backbone,
}
