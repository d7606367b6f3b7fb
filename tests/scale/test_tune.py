"""Searches on a cluster: their trials are those of one machine, and what dies with a worker or a node runs again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from kenali.cli import app
from kenali.demo import write_demo_photos
from kenali.errors import KenaliError
from kenali.receipt import Ran, read_receipt
from kenali.scale.trials import EarlyStop, Telling
from kenali.scale.tune import _searcher, search_on
from kenali.study.workshop import Workshop
from kenali.training.recipe import load_recipe
from kenali.tuning import run_tuning
from kenali.tuning.search import Search, Wanted
from kenali.tuning.space import own, space, with_values
from kenali.tuning.trial import Trial, ended, run_trial
from tests.scale.conftest import Nodes

RECIPE = load_recipe("xray-small", epochs=6)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo_photos(folder / "demo")
    return folder / "demo" / "train"


def started_by(names: list[str]) -> Callable[..., None]:
    """Tune's tale of a trial that starts, with its name kept."""
    told = Telling.on_trial_start

    def tell(self: Telling, **more: Any) -> None:
        names.append(more["trial"].trial_id)
        told(self, **more)

    return tell


class Watched:
    """A search that remembers which trials finish, and each time does something that knows how many have."""

    def __init__(self, search: Search, then: Callable[[int], None] = lambda _: None) -> None:
        self._search, self._then = search, then
        self.finished: list[Trial] = []

    def __call__(self, workshop: Workshop, wanted: Wanted, done: Callable[[Trial], None]) -> None:
        def keep(trial: Trial) -> None:
            done(trial)
            self.finished.append(trial)
            self._then(len(self.finished))

        self._search(workshop, wanted, keep)


def workers() -> list[psutil.Process]:
    """The worker processes of this test's nodes that have a trial; Ray names them by what they do."""
    names = ("ray::OneTrial", "ray::ResourceTrainable")
    return [one for one in psutil.Process().children(recursive=True) if one.name().startswith(names)]


@pytest.mark.lengthy
def test_killed_workers_and_nodes_lose_no_trial(
    mortal_nodes: Nodes, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All worker processes die after the first of six trials, a node after the third; what was in the middle runs again."""
    kills: list[int] = []
    started: list[str] = []
    monkeypatch.setattr(Telling, "on_trial_start", started_by(started))

    def kill(finished: int) -> None:
        if finished == 1:
            for worker in workers():
                worker.kill()
            kills.append(finished)
        elif finished == 3:
            mortal_nodes.kill(mortal_nodes.workers[0])
            kills.append(finished)

    with search_on(mortal_nodes.on) as (search, ran):
        watched = Watched(search, kill)
        result = run_tuning(photos, tmp_path, watched, recipe=RECIPE, trials=6, ran=ran)
    assert kills == [1, 3]
    assert len(started) > 6
    assert len(watched.finished) == len({trial.key for trial in watched.finished}) == len(result.findings.trials) == 6
    assert read_receipt(tmp_path).ran == Ran("ray", 3, 2)
    alone = [result.findings.best, result.findings.start]
    with Workshop(photos) as workshop:
        for far in {trial.key: trial for trial in alone}.values():
            near = ended(far.values, list(run_trial(workshop, with_values(RECIPE, far.values))), 1.0)
            assert (near.losses, near.figures) == (far.losses, far.figures)


def test_a_stopped_search_goes_on(two_nodes: Nodes, photos: Path, tmp_path: Path) -> None:
    def stop(finished: int) -> None:
        if finished == 2:
            raise KeyboardInterrupt

    recipe = load_recipe("xray-small", epochs=1)
    with pytest.raises(KeyboardInterrupt), search_on(two_nodes.on) as (search, _):
        run_tuning(photos, tmp_path, Watched(search, stop), recipe=recipe, trials=4)
    assert len(list((tmp_path / "cells").iterdir())) == 2
    with search_on(two_nodes.on) as (search, _):
        watched = Watched(search)
        result = run_tuning(photos, tmp_path, watched, recipe=recipe, trials=4)
    assert (len(watched.finished), result.findings.reused, len(result.findings.trials)) == (2, 2, 4)


def test_what_a_trial_refuses_is_told_in_its_own_sentence(two_nodes: Nodes, photos: Path, tmp_path: Path) -> None:
    with search_on(two_nodes.on) as (search, _), pytest.raises(KenaliError, match="too few photos to tune") as refused:
        run_tuning(photos, tmp_path, search, recipe=load_recipe("xray-small", ratios=(0.02, 0.9, 0.08)), trials=2)
    assert len(str(refused.value).splitlines()) == 1


def test_the_command_tunes_the_fast_path(two_nodes: Nodes, photos: Path, tmp_path: Path) -> None:
    command = ["tune", str(photos), "-o", str(tmp_path / "out"), "--trials", "3", "--over", "strength", "--on", two_nodes.on]
    done = CliRunner().invoke(app, [*command, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["recipe"] == "auto"
    assert len(told["trials"]) == 3
    assert load_recipe(tmp_path / "out" / "recipe.toml").name == "auto-tuned"
    assert CliRunner().invoke(app, [*command, "--time", "soon"]).exit_code == 2


class One:
    """A trial as Tune's schedulers see it."""

    def __init__(self, number: int, **config: object) -> None:
        self.trial_id, self.config = f"{number}", config


def test_any_seed_can_be_searched_with() -> None:
    assert _searcher(Wanted(load_recipe("xray-small", epochs=10, seed=20240101), space(RECIPE), (), 9))


def test_those_behind_end_early_but_never_the_recipe_itself() -> None:
    wanted = Wanted(load_recipe("xray-small", epochs=10), space(RECIPE), (), 9)
    done: list[Trial] = []
    stop = EarlyStop(wanted)
    telling = Telling(stop, done.append)
    trials = [One(number, **{**own(wanted.dimensions), "learning_rate": 0.01 + number / 100}) for number in range(9)]
    decisions = {}
    for number, trial in enumerate(trials):
        stop.on_trial_add(None, trial)
        for epoch in range(1, 11):
            decisions[number, epoch] = stop.on_trial_result(None, trial, {"epoch": epoch, "loss": 1.0 + abs(number - 5)})
            if decisions[number, epoch] == "STOP":
                break
    assert decisions[0, 10] == "CONTINUE"
    assert stop.stopped
    assert {number for number, epoch in decisions if epoch == 10} >= {0, 5}
    assert all(decisions.get((number, 1)) == "CONTINUE" for number in range(9))
    telling.on_trial_start(1, [], trials[0])
    telling.on_trial_complete(1, [], trials[0])  # lost before its first epoch
    assert done == []
