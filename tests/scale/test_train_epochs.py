"""A network trained on two nodes: the weights of one machine but for rounding, whatever is lost on the way."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

import kenali
from kenali.cli import app
from kenali.errors import Diverged, KenaliError
from kenali.receipt import read_receipt
from kenali.scale.cluster import cluster
from kenali.scale.epochs import _told_by
from kenali.scale.train import train_on
from kenali.training.choices import NetworkRecipe
from kenali.training.events import BatchEnd
from kenali.training.recipe import load_recipe
from tests.conftest import draw_set
from tests.scale.conftest import Nodes

pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray", "ignore::ResourceWarning")

EPOCHS = 4
BATCH = BatchEnd(1, 1, 1, 0.5, 0.5, 0.5, 1.0)


def recipe(**changes: Any) -> NetworkRecipe:
    """Dropout, weighted classes, altered photos, and a last batch of another size: all that could depend on who has which.

    Plain descent: Adam divides by gradients' own size, which makes rounding of the smallest as large as a step.
    """
    altered = {"rotation": 20, "mirror": True, "brightness": (0.7, 1.3), "mixup": 0.2}
    chosen = {"network": "xray-small", "epochs": EPOCHS, "batch_size": 32, "ratios": (0.6, 0.2, 0.2), "precision": "float32"}
    descent = {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9}
    return NetworkRecipe.model_validate({"method": "network", "augmentation": altered, "optimiser": descent} | chosen | changes)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_set(tmp_path_factory.mktemp("epochs") / "photos", {"few": 48, "more": 64, "most": 96})


@pytest.fixture(scope="module")
def alone(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kenali.train(photos, tmp_path_factory.mktemp("alone") / "bundle", recipe=recipe()).bundle


def cells(file: Path) -> tuple[list[str], list[float]]:
    """A CSV's words, and its numbers."""
    words, numbers = [], []
    with file.open(encoding="utf-8", newline="") as lines:
        for cell in chain.from_iterable(csv.reader(lines)):
            try:
                numbers.append(float(cell))
            except ValueError:
                words.append(cell)
    return words, numbers


def assert_alike(bundle: Path, expected: Path) -> None:
    """Same epochs and same answers, to within rounding."""
    for name in ("history.csv", "predictions.csv"):
        words, numbers = cells(bundle / "report" / name)
        expected_words, expected_numbers = cells(expected / "report" / name)
        assert words == expected_words, name
        assert numbers == pytest.approx(expected_numbers, rel=1e-4, abs=1e-5), name
    assert (bundle / "split.csv").read_bytes() == (expected / "split.csv").read_bytes()


class Watch:
    """A progress hook that notes how far training has come, and does something once in the middle of an epoch."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.done: list[int] = []
        self.acted_at: int | None = None
        self._act = act

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None:
        if stage != "train":
            return
        self.done.append(done)
        if self.acted_at is None and done >= total // 2 and done % (total // EPOCHS):
            self.acted_at = done
            self._act()

    @property
    def went_back(self) -> bool:
        """Whether an epoch was begun again after the act."""
        return any(later <= earlier for earlier, later in zip(self.done, self.done[1:], strict=False))


def trainers(nodes: Nodes) -> list[tuple[Any, psutil.Process]]:
    """The processes that train, each with its node, on the nodes that can be lost."""
    raylets = [(node, psutil.Process(node.all_processes["raylet"][0].process.pid)) for node in nodes.workers]
    children = [(node, child) for node, raylet in raylets for child in raylet.children()]
    return [(node, child) for node, child in children if "RayTrainWorker" in " ".join(child.cmdline())]


def test_two_workers_make_the_bundle_of_one_machine(two_nodes: Nodes, photos: Path, alone: Path, tmp_path: Path) -> None:
    watch = Watch(lambda: None)
    bundle = train_on(two_nodes.on, photos, tmp_path / "bundle", recipe=recipe(), progress=watch).bundle
    assert_alike(bundle, alone)
    assert watch.done == list(range(1, len(watch.done) + 1))
    ran = read_receipt(bundle).ran
    assert (ran.on, ran.workers) == ("ray", 2)
    assert not (tmp_path / "bundle.training").exists()
    assert kenali.load(bundle).verify() < 1e-4


@pytest.mark.lengthy
def test_a_lost_worker_and_a_lost_node_cost_an_epoch_at_most(
    mortal_nodes: Nodes, photos: Path, alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker dies in the middle of an epoch; of the next run, the node. Both end as if nothing had been."""
    # Ray counts a dead node in for some seconds, and then waits that long for a worker on it.
    monkeypatch.setenv("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", "30")
    watch = Watch(lambda: trainers(mortal_nodes)[0][1].kill())
    bundle = train_on(mortal_nodes.on, photos, tmp_path / "worker", recipe=recipe(), progress=watch).bundle
    assert watch.went_back
    assert min(watch.done[watch.done.index(watch.acted_at or 0) + 1 :]) > max(watch.done) // EPOCHS, "finished epochs are kept"
    assert_alike(bundle, alone)
    watch = Watch(lambda: mortal_nodes.kill(trainers(mortal_nodes)[0][0]))
    bundle = train_on(mortal_nodes.on, photos, tmp_path / "node", recipe=recipe(), progress=watch).bundle
    assert watch.went_back
    assert_alike(bundle, alone)


def test_what_a_network_cannot_learn_is_told_in_its_own_sentence(two_nodes: Nodes, photos: Path, tmp_path: Path) -> None:
    hopeless = recipe(optimiser={"name": "sgd", "learning_rate": 1e30})
    with pytest.raises(KenaliError, match=r"diverged in epoch \d+, step \d+: .*--learning-rate"):
        train_on(two_nodes.on, photos, tmp_path / "bundle", recipe=hopeless)
    assert (tmp_path / "bundle.training").is_dir()
    assert not (tmp_path / "bundle").exists()


@pytest.mark.lengthy
def test_the_command_stops_at_ctrl_c_and_goes_on(two_nodes: Nodes, photos: Path, tmp_path: Path) -> None:
    """As on a terminal, where all processes of the command hear it."""
    epochs, out = 40, tmp_path / "bundle"
    options = ["--recipe", "xray-small", "--epochs", f"{epochs}", "--on", two_nodes.on, "--workers", "1"]
    program = (
        "import signal; from kenali.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # which a shell's background jobs ignore
        "main()"
    )
    command = [sys.executable, "-c", program, "train", str(photos), "-o", str(out), *options]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        until = time.monotonic() + 120
        while not (tmp_path / "bundle.training" / "state.json").is_file():
            assert running.poll() is None, running.communicate()[1]
            assert time.monotonic() < until, "no epoch ended"
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)
        _, told = running.communicate(timeout=60)
    finally:
        running.kill()
    assert (running.returncode, told) == (130, "Stopped. Nothing was left half-written; what was computed is remembered.\n")
    assert not out.exists()
    watch = Watch(lambda: None)
    train_on(two_nodes.on, photos, out, workers=1, recipe=load_recipe("xray-small", epochs=epochs), progress=watch)
    assert watch.done[0] > watch.done[-1] // epochs, "finished epochs are kept"
    assert len((out / "report" / "history.csv").read_text(encoding="utf-8").splitlines()) == 1 + epochs


def test_what_a_retry_got_over_does_not_fail_the_run(two_nodes: Nodes) -> None:
    import ray

    def fit(*events: Any, fails: bool = False) -> Callable[[Any], None]:
        def run(post: Any) -> None:
            for event in events:
                ray.get(post.put.remote(event))
            if fails:
                raise RuntimeError("the workers are gone")

        return run

    with cluster(two_nodes.on):
        assert list(_told_by(fit(KenaliError("for a moment"), BATCH))) == [BATCH]
        for failing, reason in (
            (fit(KenaliError("for good"), fails=True), "for good"),
            (fit(BATCH, fails=True), "the workers are gone"),
            (fit(KenaliError("for a moment"), Diverged("diverged")), "diverged"),
        ):
            with pytest.raises(KenaliError, match=reason):
                list(_told_by(failing))


def test_workers_are_a_clusters(photos: Path) -> None:
    refused = CliRunner().invoke(app, ["train", str(photos), "--workers", "2"])
    assert refused.exit_code == 2
    assert "--on ray" in refused.output
