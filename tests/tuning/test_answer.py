"""What is said of a search: only what photos that took no part in it bear out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kenali.tuning.answer import answer
from kenali.tuning.page import write_tuning
from kenali.tuning.words import TuningWords
from tests.tuning.invented import findings, trial


def told(best: float, right: int, loss: float = 0.4) -> str:
    found = answer(findings(trial(best, loss, right)), TuningWords("en"))
    return " ".join((found.headline, *found.sentences))


def test_a_clear_gain_is_called_one() -> None:
    assert told(0.03, 39).startswith("A better recipe was found: +22.5 points")
    assert "recipe.toml" in told(0.03, 39)


def test_a_small_gain_may_be_chance() -> None:
    text = told(0.03, 31)
    assert text.startswith("No recipe was found that is clearly better")
    assert "may be chance" in text


def test_losses_that_differ_do_not_look_alike() -> None:
    assert "fell from 0.600 to 0.400;" in told(0.03, 31)
    assert "fell from 0.6000 to 0.5999;" in told(0.03, 31, 0.5999)


def test_what_only_looked_best_is_told_as_worse() -> None:
    assert told(0.03, 20).startswith("The values that looked best do worse")
    assert "Keep the recipe" in told(0.03, 20)


def test_the_recipe_itself_may_be_best() -> None:
    assert told(0.01, 30, 0.6).startswith("The recipe as it was is the best of 1 trial")


def test_the_end_of_a_range_is_told() -> None:
    assert "near the end of the range" in told(0.29, 39)
    assert "near the end of the range" not in told(0.03, 39)


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_search_is_written(tmp_path: Path, language: str) -> None:
    stopped, astray = trial(0.001, 0.7, None), trial(0.3, None, None, diverged="the loss is nan")
    found = findings(trial(0.03, 0.4, 39), stopped, astray, *(trial(0.002 + n / 1000, 0.65, None) for n in range(25)))
    document = write_tuning(tmp_path, found, TuningWords(language))
    assert json.loads((tmp_path / "tune.json").read_text(encoding="utf-8")) == document
    assert {one["state"] for one in document["trials"]} == {"finished", "stopped", "astray"}
    assert len((tmp_path / "trials.csv").read_text().splitlines()) == 1 + len(found.trials)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml") == 2
    assert "://" not in page
    assert TuningWords(language)("trial_start") in page
