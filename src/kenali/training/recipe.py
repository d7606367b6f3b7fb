"""Recipes: every choice that determines a training run, as a typed value with a TOML form."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from kenali.errors import KenaliError, did_you_mean
from kenali.models.backbones import BACKBONES
from kenali.models.networks import NETWORKS


def _known(what: str, name: str, known: Collection[str]) -> str:
    """`name` if it is known; else a ValueError, which pydantic reports, with the nearest one."""
    if name not in known:
        raise ValueError(f"no {what} is called {name!r}.{did_you_mean(name, known)}")
    return name


class _Choices(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Recipe(_Choices):
    """What all recipes choose. `ratios` are shares of train/val/test; `golden` the photos kept as proof in the bundle."""

    name: str = "auto"
    about: str = ""
    seed: int = Field(default=0, ge=0)
    ratios: tuple[float, float, float] = (0.8, 0.0, 0.2)
    balance_classes: bool = True
    golden: int = Field(default=8, ge=0, le=16)

    @field_validator("ratios")
    @classmethod
    def _ratios_are_shares(cls, ratios: tuple[float, float, float]) -> tuple[float, float, float]:
        total = sum(ratios)
        if min(ratios) < 0 or ratios[0] <= 0 or total <= 0:
            raise ValueError("train, val and test shares must be at least 0, train above 0")
        train, val, test = (round(ratio / total, 6) for ratio in ratios)
        return train, val, test

    def to_toml(self) -> str:
        """The recipe as TOML that `load_recipe` reads back to an equal value."""
        values = self.model_dump(mode="json")
        plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
        tables = {key: value for key, value in values.items() if isinstance(value, dict)}
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in plain.items()]
        for table, entries in tables.items():
            lines += [f"\n[{table}]\n", *(f"{key} = {json.dumps(value)}\n" for key, value in entries.items())]
        return "".join(lines)


class FrozenRecipe(Recipe):
    """The fast path: a logistic head on the features of a frozen backbone; the defaults are the recipe `auto`.

    `strengths` are the inverse penalties (scikit-learn's C) among which group-safe cross-validation chooses by log-loss.
    `views` are kept only when they lower that loss, and tried only below `views_below` training photos.
    """

    method: Literal["frozen"] = "frozen"
    backbone: str = "efficientnet_lite0"
    folds: int = Field(default=5, ge=2, le=20)
    strengths: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    views: tuple[Literal["mirror", "closer", "closer-mirror"], ...] = ("mirror", "closer", "closer-mirror")
    views_below: int = Field(default=300, ge=0)

    @field_validator("strengths")
    @classmethod
    def _strengths_rise(cls, strengths: tuple[float, ...]) -> tuple[float, ...]:
        if not strengths or min(strengths) <= 0:
            raise ValueError("strengths must be positive, at least one")
        return tuple(sorted(strengths))

    @field_validator("backbone")
    @classmethod
    def _backbone_is_known(cls, name: str) -> str:
        return _known("backbone", name, BACKBONES)


class Optimiser(_Choices):
    """How weights move. With `schedule`, the learning rate stays `constant`, falls by `time` as in Keras (divided by
    1 + decay * steps), follows half a `cosine` to zero, or rises and falls once (`one-cycle`)."""

    name: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = Field(default=0.001, gt=0)
    momentum: float = Field(default=0.9, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)
    schedule: Literal["constant", "time", "cosine", "one-cycle"] = "constant"
    decay: float = Field(default=0.0, ge=0)
    clip_norm: float = Field(default=0.0, ge=0)


class Augmentation(_Choices):
    """What happens to a training photo anew in each epoch; all off by default.

    `rotation` in degrees either way; `shift` and `zoom` as shares of the side; `shear` in degrees; `brightness` and
    `contrast` as the lowest and highest factor.
    """

    rotation: float = Field(default=0.0, ge=0, le=180)
    shift: float = Field(default=0.0, ge=0, lt=1)
    shear: float = Field(default=0.0, ge=0, lt=90)
    zoom: float = Field(default=0.0, ge=0, lt=1)
    mirror: bool = False
    upside_down: bool = False
    brightness: tuple[float, float] = (1.0, 1.0)
    contrast: tuple[float, float] = (1.0, 1.0)


class NetworkRecipe(Recipe):
    """A network of the studies, trained from scratch.

    The validation part chooses the epoch that is kept, by its loss; without one the last epoch is kept. `patience`
    epochs without a better one end the run early (0: never).
    """

    method: Literal["network"]
    network: str
    epochs: int = Field(default=25, ge=1)
    batch_size: int = Field(default=32, ge=1)
    patience: int = Field(default=0, ge=0)
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    optimiser: Optimiser = Optimiser()
    augmentation: Augmentation = Augmentation()

    @field_validator("network")
    @classmethod
    def _network_is_known(cls, name: str) -> str:
        return _known("network", name, NETWORKS)


_KINDS: dict[str, type[Recipe]] = {"frozen": FrozenRecipe, "network": NetworkRecipe}
_ADAPTER: TypeAdapter[Recipe] = TypeAdapter(Annotated[FrozenRecipe | NetworkRecipe, Field(discriminator="method")])
_SHIPPED = files("kenali") / "recipes"


def shipped_recipes() -> tuple[str, ...]:
    """The names of the recipes that come with Kenali."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in _SHIPPED.iterdir() if entry.name.endswith(".toml")))


def load_recipe(recipe: str | Path | None = None, **overrides: Any) -> Recipe:
    """The shipped recipe of that name, or the one in a TOML file (default: `auto`), with the overrides laid over it.

    Overrides that are None do not count; `learning_rate` reaches the optimiser. Raises KenaliError with the nearest valid
    name for an unknown recipe or key, and with the reason for a bad value.
    """
    values = _read(str(recipe or "auto"))
    values.setdefault("method", "frozen")
    kind = _KINDS.get(str(values["method"]))
    if kind is None:
        raise KenaliError(f"a recipe's method is {' or '.join(_KINDS)}, not {values['method']!r}")
    learning_rate = overrides.pop("learning_rate", None)
    if learning_rate is not None:
        values["optimiser"] = values.get("optimiser", {}) | {"learning_rate": learning_rate}
    values.update({key: value for key, value in overrides.items() if value is not None})
    for key in values:
        if key not in kind.model_fields:
            hint = did_you_mean(key, kind.model_fields)
            raise KenaliError(f"a recipe of the method {values['method']!r} has no key {key!r}.{hint}")
    try:
        return _ADAPTER.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        raise KenaliError(f"recipe: {where}: {first['msg']}") from None


def _read(recipe: str) -> dict[str, Any]:
    if recipe in shipped_recipes():
        return tomllib.loads((_SHIPPED / f"{recipe}.toml").read_text(encoding="utf-8"))
    path = Path(recipe)
    if path.suffix != ".toml" and not path.exists():
        hint = did_you_mean(recipe, shipped_recipes())
        raise KenaliError(f"no recipe is called {recipe!r}.{hint} There are {', '.join(shipped_recipes())}, or a .toml file")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KenaliError(f"the recipe {path} cannot be read ({error})") from None
