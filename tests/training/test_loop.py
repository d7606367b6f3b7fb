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


@pytest.mark.parametrize(
    "choices",
    [
        {"optimiser": {"name": "adam", "schedule": "cosine"}},
        {"optimiser": {"name": "adamw", "schedule": "one-cycle", "warm_up": 0.5, "layer_decay": 0.7, "clip_norm": 0.5}},
        {"optimiser": {"name": "sgd", "schedule": "step", "step_epochs": 2}},
        {"ema": 0.9, "thaw_every": 2, "label_smoothing": 0.1},
        {"balanced_by": "sampling", "freeze": 1, "precision": "bfloat16"},
        {"augmentation": {"mixup": 0.4, "cutmix": 1.0}},
    ],
    ids=lambda choices: "-".join(choices),
)
@pytest.mark.parametrize("stop_after", [1, 7, 12, 19])
def test_a_killed_run_goes_on_to_the_same_weights(tmp_path: Path, choices: dict[str, Any], stop_after: int) -> None:
    chosen = recipe(**choices)
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
    before = sorted(tmp_path.iterdir())
    assert Checkpoints(tmp_path, "other photos").resume(network, optimiser, tidy=False) == Progress()
    assert sorted(tmp_path.iterdir()) == before  # the first process of a team tidies, no other
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


def test_a_rate_warms_up_and_steps_down() -> None:
    warm = Optimiser(learning_rate=0.1, warm_up=2)
    assert [learning_rate(warm, step, 10, 5) for step in (0, 9, 19, 30)] == pytest.approx([0.005, 0.05, 0.1, 0.1])
    steps = Optimiser(learning_rate=0.1, schedule="step", step_epochs=2, step_factor=0.5)
    assert [learning_rate(steps, step, 10, 6) for step in (0, 19, 20, 45)] == pytest.approx([0.1, 0.1, 0.05, 0.025])


def test_frozen_stages_do_not_move_and_thaw_in_turn(tmp_path: Path) -> None:
    def moved(**choices: Any) -> list[bool]:
        before, network = tiny_network(), tiny_network()
        run(tmp_path / str(choices), network, recipe(**choices))
        pairs = zip(before.parameters(), network.parameters(), strict=True)
        return [not torch.equal(one, other) for one, other in pairs][::2]  # the convolution's weights, the head's

    assert moved(epochs=1) == [True, True]
    assert moved(epochs=1, freeze=1) == [False, True]
    assert moved(epochs=1, thaw_every=1) == [False, True]
    assert moved(epochs=2, thaw_every=1) == [True, True]


def test_a_layer_further_from_the_head_learns_more_slowly(tmp_path: Path) -> None:
    def distance(layer_decay: float) -> float:
        before, network = tiny_network(), tiny_network()
        optimiser = {"name": "sgd", "learning_rate": 0.01, "layer_decay": layer_decay}
        run(tmp_path / str(layer_decay), network, recipe(epochs=1, optimiser=optimiser))
        return float((network[0].weight - before[0].weight).detach().abs().mean())

    assert distance(0.1) < 0.3 * distance(1.0)


def test_averaged_weights_are_what_is_kept(tmp_path: Path) -> None:
    plain, averaged = tiny_network(), tiny_network()
    run(tmp_path / "plain", plain, recipe())
    run(tmp_path / "averaged", averaged, recipe(ema=0.99))
    start = torch.cat([tensor.flatten() for tensor in tiny_network().parameters()]).detach()
    moved = [torch.cat([tensor.flatten() for tensor in one.parameters()]).detach() - start for one in (averaged, plain)]
    assert 0 < float(moved[0].norm()) < float(moved[1].norm())


def test_balanced_sampling_draws_rare_classes_as_often() -> None:
    from kenali.training.loop import _order

    labels = np.array([0] * 90 + [1] * 10)
    drawn = labels[_order(100, np.where(labels == 1, 9.0, 1.0), 0, 1)]
    assert 0.3 < drawn.mean() < 0.7


def test_a_mixed_target_is_shared_between_two_classes() -> None:
    from kenali.training.augment import batch_augmenter

    mix = batch_augmenter(Augmentation(mixup=1.0), 3)
    assert mix is not None
    torch.manual_seed(0)
    _, shares = mix(torch.rand(4, 3, 8, 8), torch.tensor([0, 1, 2, 0]))
    assert shares.shape == (4, 3)
    assert torch.allclose(shares.sum(dim=1), torch.ones(4))
    assert 0 < float(shares[1, 1]) < 1
    assert batch_augmenter(Augmentation(), 3) is None


@pytest.mark.parametrize(("smoothing", "outputs"), [(0.0, 2), (0.1, 2), (0.0, 1)])
def test_the_loss_is_pytorchs(smoothing: float, outputs: int) -> None:
    from torch.nn import functional

    from kenali.training.batch import _losses

    torch.manual_seed(0)
    logits, labels, even = torch.randn(16, outputs), torch.arange(16) % 2, torch.ones(2)
    shares = functional.one_hot(labels, 2).float()

    def mean(weights: Any) -> float:
        return float(_losses(logits, shares, weights, smoothing).sum() / weights[labels].sum())

    if outputs == 1:
        expected = functional.binary_cross_entropy_with_logits(logits[:, 0], labels.float())
    else:
        expected = functional.cross_entropy(logits, labels, label_smoothing=smoothing)
    assert mean(even) == pytest.approx(float(expected), rel=1e-5)
    weights = torch.tensor([1.0, 3.0])
    if outputs == 2 and not smoothing:
        expected = functional.cross_entropy(logits, labels, weight=weights)
        assert mean(weights) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize(
    "chosen",
    [
        Augmentation(crop=0.4),
        Augmentation(saturation=(0.5, 1.5), hue=0.1),
        Augmentation(rand_augment=2),
        Augmentation(erase=1.0),
        Augmentation(upside_down=True, contrast=(0.5, 1.5)),
    ],
    ids=lambda chosen: "-".join(chosen.model_dump(exclude_defaults=True)),
)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_of_augmentation_keeps_shape_and_type(chosen: Augmentation, channels: int) -> None:
    from kenali.training.augment import augmenter

    augment = augmenter(chosen, (16, 16))
    assert augment is not None
    torch.manual_seed(1)
    photo = (torch.rand(channels, 20 if chosen.crop < 1 else 16, 20 if chosen.crop < 1 else 16) * 255).to(torch.uint8)
    altered = augment(photo)
    assert altered.shape == (channels, 16, 16)
    assert altered.dtype == torch.uint8


def test_augmentation_alters_within_range() -> None:
    from kenali.training.augment import augmenter

    assert augmenter(Augmentation(), (16, 16)) is None
    augment = augmenter(
        Augmentation(rotation=180, shift=0.05, shear=2, zoom=0.05, mirror=True, brightness=(0.75, 1.25)), (16, 16)
    )
    assert augment is not None
    photo = (torch.rand(3, 16, 16) * 255).to(torch.uint8)
    altered = augment(photo)
    assert altered.shape == photo.shape
    assert altered.dtype == torch.uint8
    assert not torch.equal(altered, photo)
