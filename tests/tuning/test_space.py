from __future__ import annotations

from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.training.choices import AutoRecipe, NetworkRecipe
from kenali.training.recipe import load_recipe, shipped_recipes
from kenali.tuning.search import Wanted
from kenali.tuning.space import AUGMENTATIONS, OWN, Choice, Span, Values, all_values, lies_in, own, space, with_values
from kenali.tuning.trial import Epoch, ended


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_recipe_lies_in_its_own_space_and_its_values_make_it(name: str) -> None:
    recipe = load_recipe(name)
    dimensions = space(recipe)
    assert lies_in(own(dimensions), dimensions)
    assert with_values(recipe, own(dimensions)) == recipe


def test_values_reach_the_recipe() -> None:
    recipe = load_recipe("fine-tune")
    values: Values = {"learning_rate": 0.002, "weight_decay": 0.1, "augmentation": "strong", "backbone": "efficientnet_lite0"}
    tuned = with_values(recipe, values)
    assert isinstance(tuned, NetworkRecipe)
    assert (tuned.optimiser.learning_rate, tuned.optimiser.weight_decay) == (0.002, 0.1)
    assert tuned.optimiser.schedule == "one-cycle"
    assert tuned.augmentation == AUGMENTATIONS["strong"]
    assert with_values(recipe, {"augmentation": OWN}) == recipe
    head = with_values(load_recipe("auto"), {"strength": 0.3, "backbone": "efficientnet_lite1"})
    assert isinstance(head, AutoRecipe)
    assert (head.strengths, head.backbone) == ((0.3,), "efficientnet_lite1")


def test_a_tuned_recipe_is_one_that_training_reads(tmp_path: Path) -> None:
    tuned = with_values(load_recipe("auto"), {"strength": 0.3})
    (tmp_path / "recipe.toml").write_text(tuned.to_toml(), encoding="utf-8")
    assert load_recipe(tmp_path / "recipe.toml") == tuned


def test_a_space_is_what_was_asked_for() -> None:
    recipe = load_recipe("xray-small")
    (rate,) = space(recipe, ("learning_rate",))
    assert isinstance(rate, Span)
    assert rate.low < rate.own == 0.01 < rate.high
    assert [one.name for one in space(recipe)] == ["learning_rate", "weight_decay", "augmentation"]
    assert not lies_in({"learning_rate": 0.01, "momentum": 0.9}, (rate,))
    assert not lies_in({"learning_rate": 1e9}, (rate,))
    assert not lies_in({"learning_rate": "fast"}, (rate,))
    assert "own" in Choice("augmentation", "own", ("own", "none"))


@pytest.mark.parametrize(
    ("recipe", "name", "told"),
    [
        ("auto", "learning_rate", "no 'learning_rate' to tune"),
        ("xray-small", "learning_rat", "Did you mean"),
        ("xray-small", "backbone", "no other backbone"),
    ],
)
def test_what_cannot_be_tuned_gets_a_sentence(recipe: str, name: str, told: str) -> None:
    with pytest.raises(KenaliError, match=told):
        space(load_recipe(recipe), (name,))


def test_a_space_of_choices_is_drawn_from_without_putting_back() -> None:
    recipe = load_recipe("xray-small")
    dimensions = space(recipe, ("weight_decay", "augmentation"))
    listed = all_values(dimensions, 0)
    assert listed is not None
    assert listed[0] == own(dimensions)
    assert len({tuple(values.items()) for values in listed}) == len(listed)
    assert all(lies_in(values, dimensions) for values in listed)
    assert all_values(dimensions, 1) != listed == all_values(dimensions, 0)
    assert all_values(space(recipe), 0) is None
    tried = tuple(ended(values, [Epoch(1, 1.0, 0.5)], 1.0) for values in listed[:3])
    assert Wanted(recipe, dimensions, (), 4).ahead == listed[:4]
    assert Wanted(recipe, dimensions, tried, 4).ahead == listed[3:7]
    assert Wanted(recipe, dimensions, tried, 1000).ahead == listed[3:]
    assert Wanted(recipe, space(recipe), (), 4).ahead == (own(space(recipe)),)
