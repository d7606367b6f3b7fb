"""After the fast path: the contest runs, the better model ships, and the first bundle is usable at once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import kenali
import kenali.training.run
from kenali.training.choices import AutoRecipe, Epochs
from kenali.training.course import Assessed, Course
from kenali.training.learned import Learned
from kenali.types import ContestOutcome
from tests.conftest import draw_set

pytest.importorskip("torch")


def auto(budget: float = 120.0, epochs: int = 1) -> AutoRecipe:
    recipe = kenali.load_recipe("auto", budget=budget, epochs=epochs)
    assert isinstance(recipe, AutoRecipe)
    return recipe


@pytest.fixture(scope="module")
def unlike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Textures whose class nobody can tell: the fast path must err."""
    return draw_set(tmp_path_factory.mktemp("unlike") / "photos", {"a": 16, "b": 16})


@pytest.mark.parametrize("outcome", ["tuned", "frozen"])
def test_both_models_are_judged_and_one_ships(
    outcome: ContestOutcome, unlike: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On coin tosses either may win, so the verdict is fixed here; everything else is as it comes."""
    from kenali.training import improve as module
    from kenali.training.contest import decide

    assess = Course.assess
    assessed: list[Learned] = []

    def counted(course: Course, learned: Learned) -> Assessed:
        assessed.append(learned)
        return assess(course, learned)

    def decided(*arguments: object) -> object:
        from dataclasses import replace

        contest, held = decide(*arguments)  # type: ignore[arg-type]
        return replace(contest, outcome=outcome), held

    monkeypatch.setattr(module, "decide", decided)
    monkeypatch.setattr(Course, "assess", counted)
    result = kenali.train(unlike, tmp_path / "bundle", recipe=auto())
    assert result.contest is not None
    assert result.contest.outcome == outcome
    assert len(assessed) == (2 if outcome == "tuned" else 1)
    assert result.contest.frozen is not None
    assert result.contest.frozen.n == 26
    assert (result.contest.tuned_test is not None) == (outcome == "tuned")
    classifier = kenali.load(result.bundle)
    assert classifier.verify() < 1e-4
    assert ("fine_tuned_epochs" in classifier.manifest.provenance) == (outcome == "tuned")
    written = json.loads((result.bundle / "report" / "metrics.json").read_text(encoding="utf-8"))
    assert written["contest"]["outcome"] == outcome
    assert "fine-tune" in written["seconds"]
    assert "Fine-tun" in (result.bundle / "report" / "index.html").read_text(encoding="utf-8")
    assert not (tmp_path / "bundle.training").exists()
    rows = (result.bundle / "report" / "predictions.csv").read_text(encoding="utf-8").splitlines()[1:]
    told = np.array([[float(share) for share in row.split(",")[5:-2]] for row in rows])
    assert np.abs(classifier.predict([unlike / row.split(",")[0] for row in rows]).probs - told).max() < 1e-3


def test_nothing_is_spent_where_nothing_can_be_gained(demo_photos: Path, tmp_path: Path) -> None:
    result = kenali.train(demo_photos, tmp_path / "bundle")
    assert result.contest is not None
    assert result.contest.outcome == "nothing-to-gain"


def test_too_short_a_budget_says_what_would_do(unlike: Path, tmp_path: Path) -> None:
    result = kenali.train(unlike, tmp_path / "bundle", recipe=auto(budget=0.01))
    assert result.contest is not None
    assert result.contest.outcome == "too-short"
    assert result.contest.needed_s > 0


def test_divergence_keeps_the_fast_model(unlike: Path, tmp_path: Path) -> None:
    recipe = auto()
    wild = recipe.fine_tune.optimiser.model_copy(update={"name": "sgd", "learning_rate": 1e30, "clip_norm": 0.0})
    fine_tune: Epochs = recipe.fine_tune.model_copy(update={"optimiser": wild, "epochs": 3})
    result = kenali.train(unlike, tmp_path / "bundle", recipe=recipe.model_copy(update={"fine_tune": fine_tune}))
    assert result.contest is not None
    assert result.contest.outcome in ("diverged", "too-short")
    assert kenali.load(result.bundle).verify() < 1e-4


def test_the_first_bundle_is_there_when_fine_tuning_is_interrupted(
    unlike: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        assert kenali.load(tmp_path / "bundle").verify() < 1e-4
        raise KeyboardInterrupt

    monkeypatch.setattr(kenali.training.run, "improve", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kenali.train(unlike, tmp_path / "bundle", recipe=auto())
    assert kenali.load(tmp_path / "bundle").verify() < 1e-4
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
