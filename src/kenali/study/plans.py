"""The six studies as plain grids: which settings each compares, and which of them is the one to compare with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kenali.errors import KenaliError, did_you_mean
from kenali.models.backbones import BACKBONES, is_at_hand
from kenali.study.cell import Cell, Setting, SettingKey
from kenali.study.degrade import DEGRADATIONS
from kenali.training.choices import (
    Augmentation,
    AutoRecipe,
    FrozenRecipe,
    HeadRecipe,
    NetworkRecipe,
    Optimiser,
    Recipe,
    StaticCopies,
)
from kenali.training.recipe import load_recipe

RATES = (0.1, 0.001, 0.000001)
AMOUNTS = (20, 50, 100, 200, 500, 1000, 2000, 5000)
FEW = (5, 10)
NETWORKS = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2", "xray-small", "xray-large")
_MOST_OF_ALL = 0.9

_DYNAMIC = Augmentation(crop=0.7, rotation=10, mirror=True, brightness=(0.8, 1.2), contrast=(0.85, 1.15))
_STATIC = StaticCopies(copies=3, mirror=True, rotation=10, shear=5, brightness=(0.8, 1.2))


@dataclass(frozen=True, slots=True)
class Grid:
    """What a user may choose about the settings; None stands for the default."""

    rates: tuple[float, ...] | None = None
    amounts: tuple[int, ...] | None = None
    networks: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for what, values in (("learning rate", self.rates), ("amount", self.amounts)):
            if values is not None and (not values or min(values) <= 0):
                raise KenaliError(f"each {what} must be above 0, got {', '.join(f'{value:g}' for value in values)}")


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a study, the one that the others are compared with, and codes of what the reader should know."""

    kind: str
    recipe: Recipe
    settings: tuple[Setting, ...]
    baseline: SettingKey
    remarks: tuple[str, ...] = ()
    left_out: tuple[str, ...] = field(default=())

    def cells(self, seeds: int) -> Iterator[Cell]:
        """Seed by seed, so that a study that is stopped early has something on each setting."""
        for seed in range(self.recipe.seed, self.recipe.seed + seeds):
            for setting in self.settings:
                yield Cell(setting, seed)


def plan(kind: str, recipe: Recipe | None, grid: Grid, train_counts: Counter[int]) -> Plan:
    """The plan of the study `kind`. `recipe` None takes the kind's own; `train_counts` are training photos by label.

    Raises KenaliError for an unknown kind, and where the recipe's method does not fit it.
    """
    if kind not in KINDS:
        raise KenaliError(f"no study is called {kind!r}.{did_you_mean(kind, KINDS)} There are {', '.join(KINDS)}")
    return KINDS[kind].settle(recipe or default_recipe(kind), grid, train_counts)


def default_recipe(kind: str, epochs: int | None = None) -> Recipe:
    """The recipe of a kind where none is named: the fast path, or a small network where the question needs one."""
    return load_recipe(KINDS[kind].recipe, epochs=epochs if KINDS[kind].recipe != "auto" else None)


def _learning_rate(recipe: Recipe, grid: Grid, train_counts: Counter[int]) -> Plan:
    network = _network(recipe, "learning-rate")
    settings = [
        _setting("rate", rate, network.model_copy(update={"optimiser": _with(network.optimiser, learning_rate=rate)}))
        for rate in sorted(set(grid.rates or RATES), reverse=True)
    ]
    own = ("rate", network.optimiser.learning_rate)
    baseline = own if own in {one.key for one in settings} else settings[len(settings) // 2].key
    return Plan("learning-rate", recipe, tuple(settings), baseline)


def _data_amount(recipe: Recipe, grid: Grid, train_counts: Counter[int]) -> Plan:
    most = max(train_counts.values())
    amounts = sorted(set(grid.amounts)) if grid.amounts else _telling_amounts(train_counts)
    settings = [_setting("amount", amount, recipe, amount=amount) for amount in amounts if amount < most]
    settings.append(_setting("amount", None, recipe))
    return Plan("data-amount", recipe, tuple(settings), ("amount", None))


def _telling_amounts(train_counts: Counter[int]) -> list[int]:
    """The usual amounts, and fewer where photos are few, as far as each leaves a good part of the photos out."""
    usual = [*(FEW if max(train_counts.values()) < AMOUNTS[2] else ()), *AMOUNTS]
    return [n for n in usual if sum(min(n, own) for own in train_counts.values()) < _MOST_OF_ALL * train_counts.total()]


def _robustness(recipe: Recipe, grid: Grid, train_counts: Counter[int]) -> Plan:
    settings = [_setting("as-is", None, recipe)]
    for kind, strengths in DEGRADATIONS.items():
        settings += [_setting(kind, strength, recipe, degradation=[kind, strength]) for strength in strengths]
    return Plan("robustness", recipe, tuple(settings), ("as-is", None), ("reduced",))


def _networks(recipe: Recipe, grid: Grid, train_counts: Counter[int]) -> Plan:
    settings: list[Setting] = []
    left_out: list[str] = []
    for name in dict.fromkeys(grid.networks or NETWORKS):
        if name not in BACKBONES:
            network = _network(recipe, "networks").model_copy(update={"network": name, "weights": "none"})
            settings.append(_setting(name, None, network, measured=True))
        elif grid.networks or is_at_hand(name):
            frozen = FrozenRecipe(backbone=name, ratios=recipe.ratios, seed=recipe.seed)
            settings.append(_setting(name, None, frozen, measured=True))
        else:
            left_out.append(name)
    if not settings:
        raise KenaliError("no network to compare: name some with --networks")
    return Plan("networks", recipe, tuple(settings), settings[0].key, ("timed",), tuple(left_out))


def _options(recipe: Recipe, grid: Grid, train_counts: Counter[int]) -> Plan:
    variants = (
        _network_options(recipe) if isinstance(recipe, NetworkRecipe) else _head_options(_head(recipe), train_counts.total())
    )
    if not variants:
        raise KenaliError(f"the recipe {recipe.name!r} has none of the tuned options on, so there is nothing to compare")
    together: dict[str, Any] = {}
    for changes in variants.values():
        together |= changes
    settings = [_setting("tuned", None, recipe)]
    settings += [_setting(code, None, _with(recipe, **changes)) for code, changes in variants.items()]
    if len(variants) > 1:
        settings.append(_setting("untuned", None, _with(recipe, **together)))
    return Plan("options", recipe, tuple(settings), ("tuned", None))


def _augmentation(recipe: Recipe, grid: Grid, train_counts: Counter[int]) -> Plan:
    network = _network(recipe, "augmentation")
    dynamic = network.augmentation if network.augmentation != Augmentation() else _DYNAMIC
    static = network.copies if network.copies.copies else _STATIC
    fewer = max(1, round(network.epochs / (1 + static.copies)))
    off: dict[str, Any] = {"augmentation": Augmentation(), "copies": StaticCopies()}
    variants: dict[str, dict[str, Any]] = {
        "none": off,
        "dynamic": off | {"augmentation": dynamic},
        "static": off | {"copies": static, "epochs": fewer},
        "both": {"augmentation": dynamic, "copies": static, "epochs": fewer},
    }
    settings = tuple(_setting(code, None, network.model_copy(update=changes)) for code, changes in variants.items())
    return Plan("augmentation", recipe, settings, ("none", None), ("equal-pictures",))


@dataclass(frozen=True, slots=True)
class Kind:
    """A study: how its settings are made, and the recipe it takes by itself."""

    settle: Callable[[Recipe, Grid, Counter[int]], Plan]
    recipe: str


KINDS: Mapping[str, Kind] = {
    "learning-rate": Kind(_learning_rate, "xray-small"),
    "data-amount": Kind(_data_amount, "auto"),
    "robustness": Kind(_robustness, "auto"),
    "networks": Kind(_networks, "xray-small"),
    "options": Kind(_options, "auto"),
    "augmentation": Kind(_augmentation, "xray-small"),
}


def _head_options(recipe: HeadRecipe, photos: int) -> dict[str, dict[str, Any]]:
    """What the fast path tunes for so many training photos, each switched off alone."""
    middle = recipe.strengths[len(recipe.strengths) // 2]
    off: dict[str, tuple[bool, dict[str, Any]]] = {
        "no-balance": (recipe.balance_classes, {"balance_classes": False}),
        "no-views": (bool(recipe.views) and photos < recipe.views_below, {"views": ()}),
        "fixed-strength": (len(recipe.strengths) > 1, {"strengths": (middle,)}),
    }
    return {code: changes for code, (on, changes) in off.items() if on}


def _network_options(recipe: NetworkRecipe) -> dict[str, dict[str, Any]]:
    """What the recipe of a network tunes, each switched off alone."""
    chosen = recipe.optimiser
    off: dict[str, tuple[bool, dict[str, Any]]] = {
        "no-balance": (recipe.balance_classes, {"balance_classes": False}),
        "no-smoothing": (recipe.label_smoothing > 0, {"label_smoothing": 0.0}),
        "no-augmentation": (
            recipe.augmentation != Augmentation() or recipe.copies.copies > 0,
            {"augmentation": Augmentation(), "copies": StaticCopies()},
        ),
        "no-average": (recipe.ema > 0, {"ema": 0.0}),
        "learning-norms": (recipe.batch_norm == "frozen", {"batch_norm": "train"}),
        "plain-optimiser": (
            _plain(chosen) != chosen,
            {"optimiser": _plain(chosen)},
        ),
    }
    return {code: changes for code, (on, changes) in off.items() if on}


def _plain(chosen: Optimiser) -> Optimiser:
    """The same optimiser and learning rate, with nothing tuned about them."""
    return Optimiser(name=chosen.name, learning_rate=chosen.learning_rate, momentum=0.0)


def _setting(code: str, value: float | None, recipe: Recipe, **more: Any) -> Setting:
    """A setting that runs `recipe`, a network's by epochs and any other on the fast path."""
    if isinstance(recipe, NetworkRecipe):
        return Setting(code, value, "network", {"recipe": _plain_values(recipe), **more})
    head = _head(recipe)
    shared = {name: getattr(head, name) for name in HeadRecipe.model_fields}
    return Setting(code, value, "frozen", {"recipe": _plain_values(FrozenRecipe(**shared)), **more})


def _plain_values(recipe: Recipe) -> dict[str, Any]:
    """The recipe as JSON, without what does not change a figure; the seed comes with the cell."""
    return recipe.model_dump(mode="json", exclude={"name", "about", "seed", "golden"})


def _with(chosen: Any, **changes: Any) -> Any:
    """A validated copy of choices with some of them changed."""
    return type(chosen).model_validate({**chosen.model_dump(), **changes})


def _head(recipe: Recipe) -> HeadRecipe:
    if isinstance(recipe, (AutoRecipe, FrozenRecipe)):
        return recipe
    raise KenaliError(f"the recipe {recipe.name!r} names no method; use FrozenRecipe or NetworkRecipe")


def _network(recipe: Recipe, kind: str) -> NetworkRecipe:
    if isinstance(recipe, NetworkRecipe):
        return recipe
    raise KenaliError(
        f"the study {kind} trains a network by epochs, which the recipe {recipe.name!r} does not; try --recipe xray-small, "
        "or --recipe gender for a pretrained network"
    )
