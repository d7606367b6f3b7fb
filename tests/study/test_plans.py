from __future__ import annotations

import json
from collections import Counter

import pytest

from kenali.errors import KenaliError
from kenali.study.cell import Cell
from kenali.study.methods import METHODS
from kenali.study.plans import KINDS, RATES, Grid, default_recipe, plan
from kenali.training.choices import FrozenRecipe, NetworkRecipe
from kenali.training.recipe import load_recipe

COUNTS = Counter({0: 176, 1: 160})


def values(kind: str, grid: Grid | None = None, counts: Counter[int] = COUNTS) -> list[float | None]:
    return [one.value for one in plan(kind, default_recipe(kind), grid or Grid(), counts).settings]


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_is_plain_json_with_a_baseline_among_them(kind: str) -> None:
    ready = plan(kind, None, Grid(), COUNTS)
    cells = list(ready.cells(3))
    assert len(cells) == 3 * len(ready.settings)
    assert len({cell.digest for cell in cells}) == len(cells)
    assert ready.baseline in {one.key for one in ready.settings}
    for setting in ready.settings:
        assert json.loads(json.dumps(setting.parameters)) == setting.parameters
        assert setting.name in METHODS
        kind_of = FrozenRecipe if setting.name == "frozen" else NetworkRecipe
        kind_of.model_validate(setting.parameters["recipe"])


def test_what_does_not_change_a_figure_is_not_part_of_a_cell() -> None:
    one = plan("robustness", load_recipe("auto"), Grid(), COUNTS).settings[0]
    other = plan("robustness", load_recipe("auto", golden=3, budget=0), Grid(), COUNTS).settings[0]
    assert Cell(one, 0).digest == Cell(other, 0).digest
    assert Cell(one, 0).digest != Cell(one, 1).digest


def test_rates_fall_and_may_be_chosen() -> None:
    assert values("learning-rate") == list(RATES)
    assert values("learning-rate", Grid(rates=(0.01, 0.1, 0.01))) == [0.1, 0.01]
    ready = plan("learning-rate", load_recipe("gender"), Grid(), COUNTS)
    assert ready.baseline == ("rate", 0.001)
    assert [one.parameters["recipe"]["optimiser"]["learning_rate"] for one in ready.settings] == list(RATES)
    with pytest.raises(KenaliError, match="above 0"):
        Grid(rates=(0.1, 0.0))


def test_amounts_go_as_far_as_the_photos_do() -> None:
    assert values("data-amount") == [20, 50, 100, None]
    assert values("data-amount", counts=Counter({0: 55, 1: 22})) == [5, 10, 20, None]
    assert values("data-amount", Grid(amounts=(7, 500))) == [7, None]


def test_options_are_those_that_the_recipe_tunes() -> None:
    codes = [one.code for one in plan("options", None, Grid(), Counter({0: 80, 1: 80})).settings]
    assert codes == ["tuned", "no-balance", "no-views", "fixed-strength", "untuned"]
    assert "no-views" not in {one.code for one in plan("options", None, Grid(), COUNTS).settings}  # too many photos for views
    tuned = plan("options", load_recipe("fine-tune"), Grid(), COUNTS).settings
    assert {one.code for one in tuned} > {"no-smoothing", "no-augmentation", "no-average", "plain-optimiser"}
    assert tuned[-1].parameters["recipe"]["label_smoothing"] == 0
    assert tuned[-1].parameters["recipe"]["ema"] == 0
    bare = load_recipe("auto", balance_classes=False, views=[], strengths=[1.0])
    with pytest.raises(KenaliError, match="nothing to compare"):
        plan("options", bare, Grid(), COUNTS)


def test_every_augmentation_learns_from_about_as_many_pictures() -> None:
    settings = {one.code: one.parameters["recipe"] for one in plan("augmentation", None, Grid(), COUNTS).settings}
    seen = {code: one["epochs"] * (1 + one["copies"]["copies"]) for code, one in settings.items()}
    assert list(seen) == ["none", "dynamic", "static", "both"]
    assert max(seen.values()) <= 1.15 * min(seen.values())
    tyres = plan("augmentation", load_recipe("tyres"), Grid(), COUNTS).settings
    assert tyres[1].parameters["recipe"]["augmentation"]["rotation"] == 180
    assert tyres[1].parameters["recipe"]["copies"]["copies"] == 0


def test_networks_may_be_chosen() -> None:
    ready = plan("networks", None, Grid(networks=("xray-small", "efficientnet_lite0")), COUNTS)
    assert [(one.code, one.name) for one in ready.settings] == [("xray-small", "network"), ("efficientnet_lite0", "frozen")]
    ratios = {tuple(one.parameters["recipe"]["ratios"]) for one in ready.settings}
    assert len(ratios) == 1  # or they would not be judged on the same photos


def test_what_does_not_fit_gets_a_sentence() -> None:
    with pytest.raises(KenaliError, match="Did you mean 'networks'"):
        plan("network", load_recipe("auto"), Grid(), COUNTS)
    for kind in ("learning-rate", "augmentation"):
        with pytest.raises(KenaliError, match="--recipe xray-small"):
            plan(kind, load_recipe("auto"), Grid(), COUNTS)
