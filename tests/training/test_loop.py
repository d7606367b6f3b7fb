"""Training by epochs: schedules, events, early stopping, divergence, and runs that are interrupted and go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kenali.errors import KenaliError
from kenali.training.checkpoint import Checkpoints, Progress
from kenali.training.choices import Augmentation, NetworkRecipe, Optimiser
from kenali.training.events import BatchEnd
from kenali.training.loop import train_network
from kenali.training.pixels import PixelSet
from kenali.training.schedule import learning_rate
from kenali.types import EpochEnd

torch = pytest.importorskip("torch")


def photos(n: int, seed: int = 0) -> PixelSet:
    """Dark and bright noise, 8 x 8: easy to tell apart."""
    labels = np.arange(n) % 2
    noise = np.random.default_rng(seed).integers(0, 120, (n, 8, 8, 3))
    return PixelSet((noise + 100 * labels[:, None, None, None]).astype(np.uint8), labels)


def tiny_network() -> Any:
    torch.manual_seed(0)
    layers = (torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Dropout(0.2), torch.nn.Linear(144, 2))
    return torch.nn.Sequential(*layers)


def recipe(**changes: Any) -> NetworkRecipe:
    return NetworkRecipe.model_validate({"method": "network", "network": "xray-small", "epochs": 4, "batch_size": 8} | changes)


def run(folder: Path, network: Any, chosen: NetworkRecipe, stop_after: int | None = None) -> list[EpochEnd]:
    """Train, leaving abruptly after so many steps, as a killed process would."""
    events = train_network(network, photos(40), photos(16, 1), chosen, np.ones(2), checkpoints=Checkpoints(folder, "run"))
    history, steps = [], 0
    for event in events:
        if isinstance(event, BatchEnd):
            steps += 1
            if steps == stop_after:
                break
        else:
            history.append(event)
    return history


def test_it_learns_and_tells(tmp_path: Path) -> None:
    history = run(tmp_path, tiny_network(), recipe(epochs=8, optimiser=Optimiser(learning_rate=0.01)))
    assert [event.epoch for event in history] == list(range(1, 9))
    assert history[-1].train_loss < history[0].train_loss
    assert history[-1].val_accuracy is not None
    assert history[-1].val_accuracy > 0.9


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("stop_after", [1, 7, 12, 19])
def test_a_killed_run_goes_on_to_the_same_weights(tmp_path: Path, optimiser: str, stop_after: int) -> None:
    chosen = recipe(optimiser=Optimiser(name=optimiser, schedule="cosine"))  # type: ignore[arg-type]
    whole, resumed = tiny_network(), tiny_network()
    expected = run(tmp_path / "whole", whole, chosen)
    run(tmp_path / "killed", tiny_network(), chosen, stop_after)
    assert run(tmp_path / "killed", resumed, chosen) == expected
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name


def test_another_run_begins_anew(tmp_path: Path) -> None:
    run(tmp_path, tiny_network(), recipe(), stop_after=12)
    network = tiny_network()
    optimiser = torch.optim.Adam(network.parameters())
    assert Checkpoints(tmp_path, "other photos").resume(network, optimiser) == Progress()
    assert not list(tmp_path.iterdir())


def test_patience_ends_a_run_early(tmp_path: Path) -> None:
    chosen = recipe(epochs=50, patience=2, optimiser=Optimiser(name="sgd", learning_rate=1e-9, momentum=0))
    assert len(run(tmp_path, tiny_network(), chosen)) < 50


def test_the_best_epoch_is_the_one_with_the_lowest_validation_loss() -> None:
    done = Progress()
    for epoch, loss in enumerate([0.9, 0.5, 0.7, 0.6], start=1):
        done = done.with_epoch(EpochEnd(epoch, 0.1, 1.0, 0.5, loss, 0.5))
    assert done.best == 2
    assert done.is_over(2)
    assert not done.is_over(3)
    assert not done.is_over(0)


def test_divergence_gets_a_sentence_with_a_remedy(tmp_path: Path) -> None:
    chosen = recipe(optimiser=Optimiser(name="sgd", learning_rate=1e30))
    with pytest.raises(KenaliError, match=r"diverged in epoch \d+, step \d+: the loss is .*--learning-rate 1e\+29"):
        run(tmp_path, tiny_network(), chosen)


@pytest.mark.parametrize(
    ("optimiser", "rates"),
    [
        (Optimiser(learning_rate=0.1), [0.1, 0.1, 0.1]),
        (Optimiser(learning_rate=0.1, schedule="time", decay=0.01), [0.1, 0.1 / 1.5, 0.1 / 2]),
        (Optimiser(learning_rate=0.1, schedule="cosine"), [0.1, 0.05, 0.0]),
        (Optimiser(learning_rate=0.1, schedule="one-cycle"), [0.004, 0.075, 0.0]),
    ],
)
def test_schedules(optimiser: Optimiser, rates: list[float]) -> None:
    assert [learning_rate(optimiser, step, 10, 10) for step in (0, 50, 100)] == pytest.approx(rates, abs=1e-9)


def test_augmentation_alters_within_range() -> None:
    from kenali.training.augment import augmenter

    assert augmenter(Augmentation(), (16, 16)) is None
    augment = augmenter(
        Augmentation(rotation=180, shift=0.05, shear=2, zoom=0.05, mirror=True, brightness=(0.75, 1.25)), (16, 16)
    )
    assert augment is not None
    photo = torch.rand(3, 16, 16)
    altered = augment(photo)
    assert altered.shape == photo.shape
    assert float(altered.min()) >= 0
    assert float(altered.max()) <= 1
    assert not torch.equal(altered, photo)
