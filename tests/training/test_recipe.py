"""Recipes: round trip, precedence, and sentences for mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.training.choices import FrozenRecipe
from kenali.training.recipe import load_recipe


def test_toml_round_trip(tmp_path: Path) -> None:
    recipe = FrozenRecipe(seed=7, ratios=(0.7, 0.1, 0.2), strengths=(0.1, 0.01))
    (tmp_path / "r.toml").write_text(recipe.to_toml(), encoding="utf-8")
    assert load_recipe(tmp_path / "r.toml") == recipe


def test_an_option_takes_precedence_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text('seed = 3\nname = "mine"\n', encoding="utf-8")
    recipe = load_recipe(tmp_path / "r.toml", seed=5, folds=None)
    assert isinstance(recipe, FrozenRecipe)
    assert (recipe.seed, recipe.name, recipe.folds) == (5, "mine", 5)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sed = 3", "Did you mean 'seed'"),
        ('backbone = "efficientnet_lite9"', "Did you mean 'efficientnet_lite"),
        ("ratios = [0.0, 0.5, 0.5]", "train above 0"),
        ("folds = 1", "folds"),
        ("strengths = []", "positive"),
        ("seed = ", "cannot be read"),
    ],
)
def test_mistakes_get_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "r.toml").write_text(text, encoding="utf-8")
    with pytest.raises(KenaliError, match=sentence):
        load_recipe(tmp_path / "r.toml")


def test_ratios_are_normalised() -> None:
    assert FrozenRecipe(ratios=(80, 10, 10)).ratios == (0.8, 0.1, 0.1)
