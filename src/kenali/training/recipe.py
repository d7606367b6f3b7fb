"""Recipes by name or file: from TOML and options to a typed value."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kenali.errors import KenaliError, did_you_mean
from kenali.training.choices import AutoRecipe, Epochs, FrozenRecipe, NetworkRecipe, Recipe

_KINDS: dict[str, type[Recipe]] = {"auto": AutoRecipe, "frozen": FrozenRecipe, "network": NetworkRecipe}
_SHIPPED = files("kenali") / "recipes"


def shipped_recipes() -> tuple[str, ...]:
    """The names of the recipes that come with Kenali."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in _SHIPPED.iterdir() if entry.name.endswith(".toml")))


def load_recipe(recipe: str | Path | None = None, **overrides: Any) -> Recipe:
    """The shipped recipe of that name, or the one in a TOML file (default: `auto`), with the overrides laid over it.

    Overrides that are None do not count. `learning_rate` reaches the optimiser, and choices about epochs the table
    `fine_tune` of a recipe that has one. Raises KenaliError with the nearest valid name for an unknown recipe or key, and
    with the reason for a bad value.
    """
    values = _read(str(recipe or "auto"))
    method = values.setdefault("method", "frozen")
    kind = _KINDS.get(str(method))
    if kind is None:
        raise KenaliError(f"a recipe's method is {' or '.join(_KINDS)}, not {method!r}")
    for key, value in overrides.items():
        if value is not None:
            _lay_over(values, kind, key, value)
    for key in values:
        if key not in kind.model_fields:
            hint = did_you_mean(key, kind.model_fields)
            raise KenaliError(f"a recipe of the method {method!r} has no key {key!r}.{hint}")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise KenaliError(f"recipe: {where}: {first['msg']}" if where else f"recipe: {first['msg']}") from None


def _lay_over(values: dict[str, Any], kind: type[Recipe], key: str, value: Any) -> None:
    """Set one option where the recipe keeps it."""
    target = values
    if key not in kind.model_fields and "fine_tune" in kind.model_fields and key in {*Epochs.model_fields, "learning_rate"}:
        target = values.setdefault("fine_tune", {})
    if key == "learning_rate":
        target = target.setdefault("optimiser", {})
        if "fine_tune" not in kind.model_fields and "optimiser" not in kind.model_fields:
            raise KenaliError(f"a recipe of the method {values['method']!r} has no learning rate")
    target[key] = value


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
