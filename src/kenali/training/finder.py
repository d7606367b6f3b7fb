"""Which learning rate suits: train for a moment at ever higher ones and watch the loss (Smith 2017, cyclical rates)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kenali.errors import KenaliError, MissingExtra
from kenali.evaluation import write_rates
from kenali.models.pretrained import network_spec
from kenali.photos import require_trainable, scan, split
from kenali.training.choices import AutoRecipe, Epochs, NetworkRecipe, Recipe
from kenali.training.learned import ProgressHook
from kenali.training.network_learner import balancing_weights, build_network, training_preprocessing, training_side

STEPS = 80
_LOWEST, _HIGHEST = 1e-6, 1.0
_SMOOTHING = 0.9
_BLOWN_UP = 4.0  # times the best loss so far: the sweep has seen enough
_SAFETY = 10.0


@dataclass(frozen=True, slots=True)
class Sweep:
    """The learning rates tried, lowest first, the smoothed loss at each, and a rate to train with."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float


def find_learning_rate(
    photos: str | Path, recipe: Recipe, page: Path, *, language: str = "en", progress: ProgressHook = lambda *_: None
) -> Sweep:
    """Sweep the learning rate of the recipe's network on the training part of `photos`, and draw the losses on `page`.

    The suggestion is a tenth of the rate with the lowest smoothed loss: far below where training gets unstable. Raises
    KenaliError for a recipe without a network.
    """
    choices: Epochs
    if isinstance(recipe, NetworkRecipe):
        choices, name, weights = recipe, recipe.network, recipe.weights
    elif isinstance(recipe, AutoRecipe):
        choices, name, weights = recipe.fine_tune, recipe.backbone, "shipped"
    else:
        raise KenaliError(f"the recipe {recipe.name!r} trains no network, so it has no learning rate; try --recipe fine-tune")
    try:
        import torch

        from kenali.training.augment import augmenter
        from kenali.training.batch import Bench
        from kenali.training.feed import batches
        from kenali.training.pixels import pixel_set
    except ImportError as error:
        raise MissingExtra("training a network", "train", error) from error
    spec = network_spec(name, weights)
    scanned = scan(photos, progress=lambda done, total: progress("scan", done, total))
    require_trainable(scanned)
    parts = split(scanned.photoset, ratios=recipe.ratios, seed=recipe.seed)
    n_classes, source = len(scanned.photoset.class_names), scanned.photoset.source
    torch.manual_seed(recipe.seed)
    network = build_network(spec, n_classes, choices, pretrained=weights != "none")
    few = parts.train[: STEPS * choices.batch_size]
    training = pixel_set(few, source, training_preprocessing(spec.preprocessing, choices), page.parent)
    bench = Bench(network, choices, balancing_weights(training.labels, n_classes, recipe.balance_classes))
    bench.thaw(choices.epochs)
    turns = math.ceil(STEPS * choices.batch_size / len(training))
    order = np.concatenate([np.random.default_rng([recipe.seed, turn]).permutation(len(training)) for turn in range(turns)])
    feed = batches(
        training,
        order,
        choices.batch_size,
        augmenter(choices.augmentation, training_side(spec.preprocessing, choices)),
        seed=(recipe.seed,),
    )

    def loss_at(rate: float) -> float:
        return bench.train_on(next(feed), rate)[0]

    sweep = _sweep(loss_at, lambda done: progress("train", done, STEPS))
    write_rates(page, recipe.name, tuple(zip(sweep.rates, sweep.losses, strict=True)), sweep.suggestion, language)
    return sweep


def _sweep(loss_at: Callable[[float], float], told: Callable[[int], None]) -> Sweep:
    """Call `loss_at` with rising rates until the loss blows up; its mean is smoothed exponentially, without bias."""
    rates, losses, mean = [], [], 0.0
    for step, rate in enumerate(np.geomspace(_LOWEST, _HIGHEST, STEPS).tolist(), start=1):
        loss = loss_at(rate)
        if not math.isfinite(loss):
            break
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * loss
        rates.append(rate)
        losses.append(mean / (1 - _SMOOTHING**step))
        told(step)
        if losses[-1] > _BLOWN_UP * min(losses):
            break
    if not rates:
        raise KenaliError("the loss was no number at the lowest learning rate; the photos or the weights are at fault")
    return Sweep(tuple(rates), tuple(losses), rates[int(np.argmin(losses))] / _SAFETY)
