"""The learning-rate finder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kenali.errors import KenaliError
from kenali.training.choices import FrozenRecipe
from kenali.training.finder import _sweep, find_learning_rate
from kenali.training.recipe import load_recipe
from tests.cli.test_commands import kenali
from tests.conftest import draw_set


def test_the_suggestion_lies_a_tenth_below_the_lowest_loss() -> None:
    """A loss that falls until the rate .01 and then rises steeply."""
    sweep = _sweep(lambda rate: 1.0 if rate < 1e-4 else 0.2 if rate < 1e-2 else 50.0, lambda _: None)
    assert 1e-4 < sweep.suggestion < 1.1e-3
    assert len(sweep.rates) == len(sweep.losses) < 80  # it stopped when the loss blew up


def test_a_loss_that_is_no_number_ends_the_sweep() -> None:
    sweep = _sweep(lambda rate: 1.0 if rate < 1e-3 else float("nan"), lambda _: None)
    assert max(sweep.rates) < 1e-3
    with pytest.raises(KenaliError, match="no number at the lowest"):
        _sweep(lambda _: float("nan"), lambda _: None)


def test_a_recipe_without_a_network_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(KenaliError, match="trains no network"):
        find_learning_rate(tmp_path, FrozenRecipe(), tmp_path / "page.html")


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_command_draws_a_page(language: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    draw_set(tmp_path / "photos", {"a": 6, "b": 6})
    out = tmp_path / "page.html"
    options = ("--recipe", "xray-small", "-o", out, "--json", "--lang", language)
    done = kenali("learning-rate", tmp_path / "photos", *options)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["suggestion"] == pytest.approx(document["rates"][document["losses"].index(min(document["losses"]))] / 10)
    assert "<polyline" in out.read_text(encoding="utf-8")
    assert load_recipe("xray-small").name in out.read_text(encoding="utf-8")
