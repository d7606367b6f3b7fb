"""A team of processes trains to the weights of one alone: the same photos, draws, losses and steps, but for rounding."""

from __future__ import annotations

import multiprocessing
import sys
import traceback
from collections.abc import Callable
from dataclasses import astuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kenali.training.augment import augmenter
from kenali.training.checkpoint import Checkpoints
from kenali.training.choices import Augmentation, NetworkRecipe
from kenali.training.loop import train_network
from kenali.training.pixels import PixelSet
from kenali.training.team import Team
from kenali.types import EpochEnd

torch = pytest.importorskip("torch")

SIZE = 2
PLAIN = {"optimiser": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9}}
ALTERED = {"rotation": 20, "mirror": True, "brightness": (0.7, 1.3), "erase": 0.5}
CASES: dict[str, tuple[str, int, dict[str, Any]]] = {
    # network, training photos, choices; batches are of 8, so that the last holds 5, 2 or 1, which is less than a team
    "plain": ("plain", 45, PLAIN),
    "dropout-of-kenali": ("cheap", 41, {}),
    "dropout-of-pytorch": ("dropout", 42, {"label_smoothing": 0.1, "optimiser": {"name": "adamw", "clip_norm": 0.5}}),
    "augmented": ("plain", 45, {"augmentation": ALTERED}),
    "mixed": ("cheap", 42, {"augmentation": {"mixup": 0.4, "cutmix": 1.0}}),
    "sampled-averaged": ("cheap", 41, {"balanced_by": "sampling", "ema": 0.9, "thaw_every": 1}),
    "batch-norm": ("norm", 45, PLAIN),
    "batch-norm-short": ("norm", 41, PLAIN),
    "stochastic-depth": ("depth", 42, {}),
    "sigmoid": ("sigmoid", 45, {}),
}


def network(kind: str) -> Any:
    from torch import nn
    from torchvision.ops import StochasticDepth

    from kenali.models.dropout import Dropout

    torch.manual_seed(0)
    kinds: dict[str, Callable[[], list[Any]]] = {
        "cheap": lambda: [Dropout(0.3)],
        "dropout": lambda: [nn.Dropout(0.3)],
        "norm": lambda: [nn.BatchNorm2d(4)],
        "depth": lambda: [StochasticDepth(0.4, "row")],
    }
    between = kinds.get(kind, list)
    head = nn.Linear(64, 1 if kind == "sigmoid" else 2)
    return nn.Sequential(nn.Conv2d(3, 4, 3), *between(), nn.ReLU(), nn.Conv2d(4, 4, 3), *between(), nn.Flatten(), head)


def photos(n: int, seed: int) -> PixelSet:
    """Noise, a quarter of it brighter."""
    labels = (np.arange(n) % 4 == 0).astype(np.int64)
    noise = np.random.default_rng(seed).integers(0, 120, (n, 8, 8, 3))
    return PixelSet((noise + 60 * labels[:, None, None, None]).astype(np.uint8), labels)


def trained(case: str, team: Team, folder: Path) -> tuple[dict[str, Any], list[EpochEnd]]:
    """Weights and history of two epochs."""
    kind, n, choices = CASES[case]
    chosen = NetworkRecipe.model_validate(
        {"method": "network", "network": "xray-small", "epochs": 2, "batch_size": 8, "precision": "float32"} | choices
    )
    model = network(kind)
    augment = augmenter(chosen.augmentation, (8, 8))
    weights = np.array([0.6, 2.0])
    checkpoints = Checkpoints(folder, case)
    events = train_network(
        model, photos(n, 0), photos(17, 1), chosen, weights, seed=5, augment=augment, checkpoints=checkpoints, team=team
    )
    history = [event for event in events if isinstance(event, EpochEnd)]
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}, history


def member(rank: int, folder: Path) -> None:
    """One process of the team: trains every case, and keeps what came of it."""
    try:
        torch.set_num_threads(1)
        torch.distributed.init_process_group(
            "gloo", init_method=(folder / "meeting").as_uri(), rank=rank, world_size=SIZE, timeout=timedelta(seconds=60)
        )
        for case in CASES:
            torch.save(trained(case, Team(rank, SIZE), folder / case), folder / f"{case}-{rank}.pt")
        torch.distributed.destroy_process_group()
    except BaseException:
        (folder / f"failed-{rank}").write_text(traceback.format_exc())
        raise


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("team")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=member, args=(rank, folder)) for rank in range(SIZE)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    failed = [path.read_text() for path in folder.glob("failed-*")]
    assert not failed, failed[0]
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="PyTorch's processes meet by a file's address only on POSIX")
@pytest.mark.parametrize("case", CASES)
def test_a_team_ends_with_the_weights_of_one(team: Path, case: str, tmp_path: Path) -> None:
    alone, alone_history = trained(case, Team(), tmp_path)
    members = [torch.load(team / f"{case}-{rank}.pt", weights_only=False) for rank in range(SIZE)]
    for weights, history in members:
        for name, tensor in alone.items():
            assert torch.equal(weights[name], members[0][0][name]), f"{name}: the processes differ"
            assert torch.allclose(weights[name], tensor, rtol=1e-4, atol=1e-5), name
        for own, expected in zip(history, alone_history, strict=True):
            assert astuple(own) == pytest.approx(astuple(expected), rel=1e-4)


def test_shares_cover_a_batch_once() -> None:
    for n in (7, 8, 9, 32):
        rows = [row for rank in range(7) for row in range(Team(rank, 7).share(n).start, Team(rank, 7).share(n).stop)]
        assert rows == list(range(n))
    assert Team(1, 4).share(3).repeated == 4
    assert not Team().share(5).divided


def test_what_a_photo_shows_depends_on_nobody_elses_draws() -> None:
    """The photos of an epoch are the same however the batches are divided, and as long as the epoch differs they differ."""
    from kenali.training.feed import batches

    set_, augment = photos(10, 0), augmenter(Augmentation.model_validate(ALTERED), (8, 8))
    order = np.arange(10)

    def seen(size: int, team: Team, epoch: int) -> Any:
        return torch.cat([batch.pixels for batch in batches(set_, order, size, augment, seed=(0, epoch), team=team)])

    whole = seen(10, Team(), 1)
    assert torch.equal(seen(3, Team(), 1), whole)
    assert torch.equal(torch.cat([seen(10, Team(0, 2), 1), seen(10, Team(1, 2), 1)]), whole)
    assert not torch.equal(seen(10, Team(), 2), whole)
