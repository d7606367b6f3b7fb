"""The fast path with a cluster: the very bundle of one machine, and no shard lost with a worker, a node or the driver."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import kenali
from kenali.cache import Cache, cache_folder
from kenali.errors import KenaliError
from kenali.models.backbones import load_backbone
from kenali.photos import open_source
from kenali.scale import features
from kenali.scale.cluster import cluster
from kenali.scale.features import look_ahead
from kenali.scale.train import train_on
from kenali.training.ahead import unseen
from kenali.training.recipe import load_recipe
from tests.scale.conftest import Nodes
from tests.training.conftest import demo_photos  # noqa: F401 - a fixture

BACKBONE = "efficientnet_lite0"
FAST = load_recipe("auto", budget=0)


@pytest.fixture
def forgetful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that goes on with a cache of its own name, which knows the backbone and no photo."""
    load_backbone(BACKBONE)
    backbones = cache_folder() / "backbones"

    def forget(name: str) -> None:
        shutil.copytree(backbones, tmp_path / name / "backbones")
        monkeypatch.setenv("KENALI_CACHE", str(tmp_path / name))

    return forget


def unknown(photos: Path) -> int:
    with Cache() as cache:
        return sum(len(some.entries) for some in unseen(open_source(photos), cache, load_backbone(BACKBONE)))


def figures(bundle: Path) -> dict[str, Any]:
    """The bundle's figures, without how long it took and where it lies."""
    document: dict[str, Any] = json.loads((bundle / "report" / "metrics.json").read_text(encoding="utf-8"))
    return {key: value for key, value in document.items() if key not in ("seconds", "bundle")}


def a_worker(nodes: Nodes, doing: str) -> psutil.Process:
    """A process of the cluster's nodes that is at work on the function `doing`."""
    while True:
        for node in nodes.workers:
            for child in psutil.Process(node.all_processes["raylet"][0].process.pid).children():
                with contextlib.suppress(psutil.Error):
                    if doing in " ".join(child.cmdline()):
                        return child


def test_the_bundle_is_the_one_of_one_machine(
    two_nodes: Nodes,
    demo_photos: Path,  # noqa: F811
    forgetful: Callable[[str], None],
    tmp_path: Path,
) -> None:
    forgetful("alone")
    alone = kenali.train(demo_photos, tmp_path / "alone-bundle", recipe=FAST).bundle
    forgetful("together")
    together = train_on(two_nodes.on, demo_photos, tmp_path / "together-bundle", recipe=FAST).bundle
    assert figures(together) == figures(alone)
    for name in ("model.onnx", "split.csv", "ledger.csv", "report/predictions.csv", "reference.json"):
        assert (together / name).read_bytes() == (alone / name).read_bytes(), name
    assert unknown(demo_photos) == 0


def test_a_killed_worker_costs_its_shard_alone(
    mortal_nodes: Nodes,
    demo_photos: Path,  # noqa: F811
    forgetful: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """First a worker, then a node is lost; then the driver gives up and begins again."""
    import ray

    forgetful("killed")
    monkeypatch.setattr(features, "_SHARD", 6)
    total = unknown(demo_photos)
    seen: list[int] = []
    lost: list[tuple[str, int]] = []

    def watch(stage: str, done: int, total: int) -> None:
        if stage != "embed":
            return
        seen.append(done)
        if not lost and done >= total // 4:
            a_worker(mortal_nodes, "_shard").kill()
            lost.append(("worker", done))
        elif len(lost) == 1 and done >= total // 2:
            mortal_nodes.kill(mortal_nodes.workers[0])
            lost.append(("node", done))
        elif len(lost) == 2 and done >= 3 * total // 4:
            lost.append(("driver", done))
            raise KeyboardInterrupt

    with cluster(mortal_nodes.on), pytest.raises(KeyboardInterrupt):
        look_ahead(demo_photos, BACKBONE, 4, watch)
    assert [what for what, _ in lost] == ["worker", "node", "driver"]
    assert all(0 < done < total for _, done in lost)
    left = unknown(demo_photos)
    assert 0 < left <= total - lost[-1][1]
    with cluster(mortal_nodes.on):
        until = time.monotonic() + 60  # Ray takes some seconds to see that a node is dead
        while (alive := sum(node["Alive"] for node in ray.nodes())) > 2 and time.monotonic() < until:
            time.sleep(0.1)
        assert alive == 2
        assert look_ahead(demo_photos, BACKBONE, 4) == left
    assert unknown(demo_photos) == 0
    assert seen == sorted(seen)


def test_nodes_that_cannot_see_the_photos_are_told_of(
    two_nodes: Nodes,
    tmp_path: Path,
    demo_photos: Path,  # noqa: F811
    forgetful: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forgetful("blind")
    begun = features._shards

    def then_hidden(*given: Any) -> Any:
        for step in list(begun(*given)):
            shutil.rmtree(tmp_path / "photos", ignore_errors=True)
            yield step

    shutil.copytree(demo_photos / "test", tmp_path / "photos")
    monkeypatch.setattr(features, "_shards", then_hidden)
    with cluster(two_nodes.on), pytest.raises(KenaliError, match=r"cannot read .*every node needs the photos at the same path"):
        look_ahead(tmp_path / "photos", BACKBONE, 2)
