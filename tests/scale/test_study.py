"""Studies on a cluster: the same figures as on one machine, and nothing lost or repeated when a worker or a node dies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from kenali.cli import app
from kenali.demo import write_demo_photos
from kenali.errors import KenaliError
from kenali.receipt import Ran, read_receipt
from kenali.scale.study import cells_on, opened, workshop_of
from kenali.study import Grid, StudyResult, run_study
from kenali.study.cell import Cell, Figures, without_times
from kenali.study.run import Runner
from kenali.study.workshop import Workshop
from kenali.training.recipe import load_recipe
from tests.scale.conftest import Nodes


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo_photos(folder / "demo")
    return folder / "demo" / "train"


def amounts(photos: Path, out: Path, run_cells: Runner | None = None, seeds: int = 2) -> StudyResult:
    return run_study("data-amount", photos, out, seeds=seeds, grid=Grid(amounts=(5, 15)), run_cells=run_cells)


@pytest.fixture(scope="module")
def local(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    return amounts(photos, tmp_path_factory.mktemp("local") / "out")


def cells(out: Path) -> dict[str, Figures]:
    """The figures of each finished cell but for its times."""
    found = {path.name: json.loads(path.read_text("utf-8"))["figures"] for path in (out / "cells").iterdir()}
    return {name: without_times(one) for name, one in found.items()}


class Watched:
    """A runner that remembers what came back, and each time does something that knows how many cells have."""

    def __init__(self, runner: Runner, then: Callable[[int], None]) -> None:
        self._runner, self._then = runner, then
        self.finished: list[Cell] = []

    def __call__(self, workshop: Workshop, cells: Sequence[Cell]) -> Iterator[tuple[Cell, Figures]]:
        for cell, figures in self._runner(workshop, cells):
            yield cell, figures
            self.finished.append(cell)
            self._then(len(self.finished))


def running_cells(at_least: int) -> list[psutil.Process]:
    """The worker processes of this test's nodes that run a cell just now, as soon as there are so many.

    Ray gives them the name of what they run.
    """
    while True:
        found = [one for one in psutil.Process().children(recursive=True) if one.name() == "ray::_figures"]
        if len(found) >= at_least:
            return found
        time.sleep(0.01)


def test_a_cluster_finds_what_one_machine_finds(two_nodes: Nodes, photos: Path, local: StudyResult, tmp_path: Path) -> None:
    with cells_on(two_nodes.on) as (run_cells, _):
        far = amounts(photos, tmp_path / "far", run_cells)
    assert cells(far.folder) == cells(local.folder)
    assert far.document["settings"] == local.document["settings"]
    assert (far.folder / "study.csv").read_text() == (local.folder / "study.csv").read_text()


def test_killed_workers_and_nodes_lose_nothing(mortal_nodes: Nodes, photos: Path, tmp_path: Path) -> None:
    """A worker process dies after the first of six cells, a node after the third, each in the middle of another cell."""
    recipe, grid = load_recipe("xray-small", epochs=6), Grid(rates=(0.03, 0.01, 0.003))
    local = run_study("learning-rate", photos, tmp_path / "local", recipe=recipe, seeds=2, grid=grid)
    kills: list[int] = []

    def kill(finished: int) -> None:
        if finished == 1:
            running_cells(at_least=1)[0].kill()
            kills.append(finished)
        elif finished == 3:
            running_cells(at_least=2)  # one on each node
            mortal_nodes.kill(mortal_nodes.workers[0])
            kills.append(finished)

    with cells_on(mortal_nodes.on) as (run_cells, ran):
        watched = Watched(run_cells, kill)
        far = run_study(
            "learning-rate", photos, tmp_path / "far", recipe=recipe, seeds=2, grid=grid, run_cells=watched, ran=ran
        )
    assert kills == [1, 3]
    assert len(watched.finished) == len({cell.key for cell in watched.finished}) == 6
    assert cells(far.folder) == cells(local.folder)
    assert far.document["answer"] == local.document["answer"]
    receipts = [read_receipt(one.folder) for one in (local, far)]
    assert (receipts[0].inputs, receipts[0].result) == (receipts[1].inputs, receipts[1].result)
    assert receipts[1].ran == Ran("ray", 3, 2)
    assert far.findings.reused == 0


def test_a_stopped_study_goes_on(two_nodes: Nodes, photos: Path, local: StudyResult, tmp_path: Path) -> None:
    def stop(finished: int) -> None:
        if finished == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), cells_on(two_nodes.on) as (run_cells, _):
        amounts(photos, tmp_path / "out", Watched(run_cells, stop))
    assert len(cells(tmp_path / "out")) == 2
    with cells_on(two_nodes.on) as (run_cells, _):
        watched = Watched(run_cells, lambda _: None)
        far = amounts(photos, tmp_path / "out", watched)
    assert (len(watched.finished), far.findings.reused) == (4, 2)
    assert cells(far.folder) == cells(local.folder)


def test_nodes_that_see_other_photos_say_so(photos: Path) -> None:
    with Workshop(photos) as workshop:
        seen = opened(workshop)
    with pytest.raises(KenaliError, match=r"sees other photos in .*share"):
        workshop_of(replace(seen, fingerprint="another"))
    with pytest.raises(KenaliError, match=r"cannot use the photos: there is no folder .*share"):
        workshop_of(replace(seen, photos=f"{photos}-elsewhere"))
    with pytest.raises(KenaliError, match="same version"):
        workshop_of(replace(seen, version="0.0.1"))


def test_what_a_cell_refuses_is_told_in_its_own_sentence(two_nodes: Nodes, photos: Path, tmp_path: Path) -> None:
    with (
        cells_on(two_nodes.on) as (run_cells, _),
        pytest.raises(KenaliError, match="test part") as refused,
    ):
        run_study(
            "robustness", photos, tmp_path, recipe=load_recipe("auto", ratios=(1.0, 0.0, 0.0)), seeds=1, run_cells=run_cells
        )
    assert len(str(refused.value).splitlines()) == 1


def test_the_command_runs_on_a_cluster(two_nodes: Nodes, photos: Path, tmp_path: Path) -> None:
    command = ["study", "options", str(photos), "-o", str(tmp_path / "out"), "--seeds", "1", "--on", two_nodes.on, "--json"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["kind"] == "options"
    done = CliRunner().invoke(app, [*command[:-2], "spark"])
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
