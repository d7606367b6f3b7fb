"""Recipes: every choice that determines a training run, as a typed value with a TOML form."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from kenali.errors import KenaliError, did_you_mean
from kenali.models.backbones import BACKBONES


class Recipe(BaseModel):
    """The fast path's choices; the defaults are the recipe `auto`.

    A frozen backbone turns each photo into features, and a multinomial logistic head is fitted to them. `strengths` are
    the inverse penalties (scikit-learn's C) among which group-safe cross-validation chooses by log-loss. `views` are
    kept only when they lower that loss, and tried only below `views_below` training photos.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "auto"
    method: Literal["frozen"] = "frozen"
    backbone: str = "efficientnet_lite0"
    seed: int = Field(default=0, ge=0)
    ratios: tuple[float, float, float] = (0.8, 0.0, 0.2)
    folds: int = Field(default=5, ge=2, le=20)
    strengths: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    balance_classes: bool = True
    views: tuple[Literal["mirror", "closer", "closer-mirror"], ...] = ("mirror", "closer", "closer-mirror")
    views_below: int = Field(default=300, ge=0)
    golden: int = Field(default=8, ge=0, le=16)

    @field_validator("ratios")
    @classmethod
    def _ratios_are_shares(cls, ratios: tuple[float, float, float]) -> tuple[float, float, float]:
        total = sum(ratios)
        if min(ratios) < 0 or ratios[0] <= 0 or total <= 0:
            raise ValueError("train, val and test shares must be at least 0, train above 0")
        train, val, test = (round(ratio / total, 6) for ratio in ratios)
        return train, val, test

    @field_validator("strengths")
    @classmethod
    def _strengths_rise(cls, strengths: tuple[float, ...]) -> tuple[float, ...]:
        if not strengths or min(strengths) <= 0:
            raise ValueError("strengths must be positive, at least one")
        return tuple(sorted(strengths))

    @field_validator("backbone")
    @classmethod
    def _backbone_is_known(cls, name: str) -> str:
        if name not in BACKBONES:
            raise ValueError(f"no backbone is called {name!r}.{did_you_mean(name, BACKBONES)}")
        return name

    def to_toml(self) -> str:
        """The recipe as TOML that `load_recipe` reads back to an equal value."""
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in self.model_dump(mode="json").items())


def load_recipe(file: Path | None = None, **overrides: Any) -> Recipe:
    """The default recipe, or the one in a TOML `file`, with every override that is not None laid over it.

    Raises KenaliError with the nearest valid name for an unknown key, and with the reason for a bad value.
    """
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise KenaliError(f"the recipe {file} cannot be read ({error})") from None
    values.update({key: value for key, value in overrides.items() if value is not None})
    for key in values:
        if key not in Recipe.model_fields:
            raise KenaliError(f"a recipe has no key {key!r}.{did_you_mean(key, Recipe.model_fields)}")
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise KenaliError(f"recipe: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
