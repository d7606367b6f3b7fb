"""Recipes: round trip, precedence, and sentences for mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.photos import split
from kenali.training.choices import AutoRecipe, FrozenRecipe, NetworkRecipe
from kenali.training.copies import draw_copies
from kenali.training.recipe import load_recipe, shipped_recipes
from kenali.types import Photo, PhotoSet


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


@pytest.mark.parametrize("name", shipped_recipes())
def test_shipped_recipes_survive_the_way_through_toml(name: str, tmp_path: Path) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.about
    (tmp_path / "r.toml").write_text(recipe.to_toml(), encoding="utf-8")
    assert load_recipe(tmp_path / "r.toml") == recipe


def test_the_recipes_that_ship() -> None:
    assert set(shipped_recipes()) == {"auto", "fine-tune", "gender", "minerals", "tyres", "xray-large", "xray-small"}


def test_options_reach_the_tables_they_belong_to() -> None:
    auto = load_recipe("auto", learning_rate=0.5, epochs=3, budget=7)
    assert isinstance(auto, AutoRecipe)
    assert (auto.fine_tune.optimiser.learning_rate, auto.fine_tune.epochs, auto.budget) == (0.5, 3, 7)
    tyres = load_recipe("tyres", learning_rate=0.5, epochs=3)
    assert isinstance(tyres, NetworkRecipe)
    assert (tyres.optimiser.learning_rate, tyres.optimiser.name, tyres.epochs) == (0.5, "adam", 3)
    with pytest.raises(KenaliError, match="has no key 'budget'"):
        load_recipe("tyres", budget=3)


def test_shipped_weights_belong_to_kenalis_own_backbones() -> None:
    with pytest.raises(KenaliError, match=r"Did you mean 'efficientnet_lite.'"):
        load_recipe("fine-tune", network="efficientnet_lite")
    with pytest.raises(KenaliError, match=r"no weights of 'resnet152' are shipped: choose --weights hub, none or a file"):
        load_recipe("fine-tune", network="resnet152")
    assert load_recipe("fine-tune", network="resnet152", weights="hub") is not None
    at_random = load_recipe("fine-tune", network="resnet152", weights="none")
    assert isinstance(at_random, NetworkRecipe)
    assert at_random.batch_norm == "train"


def test_tyres_divides_as_the_study_did() -> None:
    """2,050 files, 1,074 cracked and 976 normal: 1,121 to train, 279 to validate, 650 to test; 18 and 5 batches of 64."""
    recipe = load_recipe("tyres")
    assert isinstance(recipe, NetworkRecipe)
    photos = tuple(Photo(f"{index}.jpg", int(index >= 1074), f"{index:064x}", (640, 640), str(index)) for index in range(2050))
    parts = split(PhotoSet(photos, ("crack", "normal"), FolderSource()), ratios=recipe.ratios, seed=0)
    assert [len(parts.train), len(parts.val), len(parts.test)] == [1121, 279, 650]
    assert [-(-n // recipe.batch_size) for n in (1121, 279)] == [18, 5]
    originals = PhotoSet(photos[:537] + photos[1074:1562], ("crack", "normal"), FolderSource())  # 1,025, before copying
    training = split(originals, ratios=recipe.ratios, seed=0).train
    copies = sum(len(draw_copies(recipe.copies, recipe.seed, photo.sha256)) for photo in training)
    assert len(training) + copies in (1120, 1122)
    assert -(-(len(training) + copies) // recipe.batch_size) == 18


class FolderSource:
    """Photos that exist in numbers only."""

    def read(self, path: str) -> bytes:
        raise OSError(path)


def test_ratios_are_normalised() -> None:
    assert FrozenRecipe(ratios=(80, 10, 10)).ratios == (0.8, 0.1, 0.1)
