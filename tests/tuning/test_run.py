"""Searches whose trials run here, one after the other: their parts, what they write, and that they go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kenali.demo import write_demo_photos
from kenali.errors import KenaliError
from kenali.photos import split
from kenali.receipt import read_receipt
from kenali.study.workshop import Workshop
from kenali.training.recipe import load_recipe
from kenali.tuning import run_tuning
from kenali.tuning.search import Wanted
from kenali.tuning.space import Values, own, space, with_values
from kenali.tuning.trial import Trial, ended, parts_of, read_trial, run_trial

RECIPE = load_recipe("xray-small", epochs=2)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo_photos(folder / "demo")
    return folder / "demo" / "train"


class InOrder:
    """A search without a searcher: the recipe itself, then the values given."""

    def __init__(self, *values: Values) -> None:
        self.values = values
        self.ran = 0

    def __call__(self, workshop: Workshop, wanted: Wanted, done: Callable[[Trial], None]) -> None:
        known = [trial.values for trial in wanted.finished]
        asked = [values for values in (wanted.own, *self.values) if values not in known]
        for values in asked[: wanted.trials]:
            done(ended(values, list(run_trial(workshop, with_values(wanted.recipe, values))), 1.0))
            self.ran += 1


def values(rate: float) -> Values:
    return {**own(space(RECIPE)), "learning_rate": rate}


@pytest.mark.parametrize("name", ["auto", "xray-small", "tyres"])
def test_the_test_part_takes_no_part(photos: Path, name: str) -> None:
    recipe = load_recipe(name)
    with Workshop(photos) as workshop:
        task = parts_of(workshop, recipe)
        tested = {photo.path for photo in split(workshop.scanned.photoset, ratios=recipe.ratios, seed=recipe.seed).test}
    parts = [{photo.path for photo in part} for part in (task.train, task.val, task.test)]
    assert all(parts[0].isdisjoint(other) for other in (parts[1], parts[2], tested))
    assert parts[1].isdisjoint(parts[2])
    assert (parts[1] | parts[2]).isdisjoint(tested)
    assert parts[0]
    assert parts[2]


def test_a_search_finds_writes_and_goes_on(photos: Path, tmp_path: Path) -> None:
    search = InOrder(values(0.02), values(0.005))
    first = run_tuning(photos, tmp_path, search, recipe=RECIPE, trials=2)
    assert (search.ran, len(first.findings.trials)) == (2, 2)
    result = run_tuning(photos, tmp_path, search, recipe=RECIPE, trials=3, language="id")
    assert (search.ran, result.findings.reused) == (3, 2)
    assert [trial.number for trial in result.findings.in_order] == [1, 2, 3]
    assert result.findings.start.values == own(space(RECIPE))
    tuned = load_recipe(tmp_path / "recipe.toml")
    assert tuned.name == "xray-small-tuned"
    assert with_values(RECIPE, result.findings.best.values) == tuned.model_copy(
        update={"name": RECIPE.name, "about": RECIPE.about}
    )
    assert read_receipt(tmp_path).what == "tune"
    told: list[str] = []
    other = load_recipe("xray-small", epochs=1)
    again = run_tuning(photos, tmp_path, InOrder(), recipe=other, trials=1, begun_anew=told.append)
    assert (len(told), again.findings.reused, again.findings.gain) == (1, 0, None)


def test_a_record_that_is_no_trial_of_this_space_is_passed_over(photos: Path, tmp_path: Path) -> None:
    search = InOrder()
    run_tuning(photos, tmp_path, search, recipe=RECIPE, trials=1)
    (file,) = (tmp_path / "cells").iterdir()
    document = json.loads(file.read_text())
    for change in ({"values": {"learning_rate": 1e9}}, {"losses": "none"}, {"values": 3}):
        broken = {**document, "figures": {**document["figures"], **change}}
        (tmp_path / "cells" / f"seed0-trial-{len(str(change))}.json").write_text(json.dumps(broken))
    result = run_tuning(photos, tmp_path, search, recipe=RECIPE, trials=1)
    assert (search.ran, len(result.findings.trials)) == (1, 1)


def test_a_trial_is_read_as_it_was_written(photos: Path) -> None:
    with Workshop(photos) as workshop:
        for recipe in (load_recipe("auto"), with_values(RECIPE, values(1e6))):
            trial = ended(own(space(recipe)), list(run_trial(workshop, recipe)), 1.0)
            assert read_trial(json.loads(json.dumps(trial.document()))) == trial
    assert trial.state == "astray"


def test_what_cannot_be_tuned_gets_a_sentence(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="among the photos"):
        run_tuning(photos, photos / "out", InOrder())
    with pytest.raises(KenaliError, match="not tried to its end"):
        run_tuning(photos, tmp_path, lambda *_: None, recipe=RECIPE)
