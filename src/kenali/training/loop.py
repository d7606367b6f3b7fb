"""The epochs of a network: one function for training and validation, told as events, repeatable to the bit on a CPU.

Everything random in an epoch follows from the recipe's seed and the epoch's number alone, so that a run resumed after any
epoch goes on exactly as an uninterrupted one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kenali.errors import KenaliError
from kenali.training.allocator import keep_large_buffers
from kenali.training.checkpoint import Checkpoints
from kenali.training.choices import NetworkRecipe, Optimiser
from kenali.training.events import BatchEnd, Event
from kenali.types import EpochEnd, IntArray, Pixels

Augment = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class PixelSet:
    """Photos ready for a network: `pixels` uint8 (n, h, w, c), `labels` (n,)."""

    pixels: Pixels
    labels: IntArray

    def __len__(self) -> int:
        return len(self.labels)


def pick_device() -> str:
    """`cuda` or `mps` where PyTorch finds one, else `cpu`."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every batch of a run needs, training or validation."""

    network: Any
    recipe: NetworkRecipe
    class_weights: Any
    device: str


def train_network(
    network: Any,
    training: PixelSet,
    validation: PixelSet,
    recipe: NetworkRecipe,
    class_weights: np.ndarray[Any, Any],
    augment: Augment | None,
    checkpoints: Checkpoints,
) -> Iterator[Event]:
    """Train `network` in place, yielding events; at the end it holds the kept epoch's weights.

    The network maps scaled pixels float32 (n, c, h, w) in 0..1 to one logit (sigmoid, two classes) or one a class.
    `class_weights` (k,) weigh the loss. Continues where `checkpoints` says an earlier run stopped. Raises KenaliError when
    the loss is no longer a number; the last good epoch stays in the checkpoints.
    """
    import torch

    keep_large_buffers()
    device = pick_device()
    network.to(device=device, memory_format=torch.channels_last)
    weights = torch.as_tensor(class_weights, dtype=torch.float32, device=device)
    bench = _Bench(network, recipe, weights, device)
    optimiser = _optimiser(network, recipe.optimiser)
    steps = math.ceil(len(training) / recipe.batch_size)
    done = checkpoints.resume(network, optimiser)
    yield from done.history
    for epoch in range(len(done.history) + 1, recipe.epochs + 1):
        if done.is_over(recipe.patience):
            break
        torch.manual_seed(recipe.seed * 1_000_003 + epoch)
        order = np.random.default_rng([recipe.seed, epoch]).permutation(len(training))
        losses, right, rate = 0.0, 0, recipe.optimiser.learning_rate
        for step, (pixels, labels) in enumerate(_batches(training, order, recipe.batch_size, augment), start=1):
            rate = learning_rate(recipe.optimiser, (epoch - 1) * steps + step - 1, recipe.epochs * steps)
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss, hits = _pass(bench, pixels, labels, optimiser)
            if not math.isfinite(loss):
                raise _diverged(epoch, step, loss, recipe, checkpoints)
            losses += loss * len(labels)
            right += hits
            yield BatchEnd(epoch, step, steps, loss)
        val_loss, val_accuracy = _validate(bench, validation)
        event = EpochEnd(epoch, rate, losses / len(training), right / len(training), val_loss, val_accuracy)
        done = checkpoints.save(network, optimiser, done, event)
        yield event
    checkpoints.restore_best(network)
    network.to("cpu").eval()


def learning_rate(optimiser: Optimiser, step: int, total: int) -> float:
    """The learning rate of a step, counted from 0, of `total`."""
    base, share = optimiser.learning_rate, step / max(1, total)
    if optimiser.schedule == "time":
        return base / (1 + optimiser.decay * step)
    if optimiser.schedule == "cosine":
        return base * 0.5 * (1 + math.cos(math.pi * share))
    if optimiser.schedule == "one-cycle":
        rise = 0.25
        if share < rise:
            return base * (0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * share / rise)))
        return base * 0.5 * (1 + math.cos(math.pi * (share - rise) / (1 - rise)))
    return base


def predict_logits(network: Any, pixels: Pixels, batch_size: int) -> np.ndarray[Any, Any]:
    """Logits float32 (n, outputs) of the trained network on the CPU."""
    import torch

    network.cpu().eval()
    starts = range(0, len(pixels), batch_size)
    with torch.inference_mode():
        rows = [network(_planes(pixels[start : start + batch_size])).numpy() for start in starts]
    return np.concatenate(rows)


def _pass(bench: _Bench, pixels: Any, labels: Any, optimiser: Any = None) -> tuple[float, int]:
    """One batch through the network, and a step of the optimiser where there is one: mean loss, and how many were right."""
    import torch

    training = optimiser is not None
    bench.network.train(training)
    with torch.set_grad_enabled(training):
        with torch.autocast("cuda", enabled=bench.device == "cuda"):
            logits = bench.network(pixels.to(device=bench.device, memory_format=torch.channels_last)).float()
        target = labels.to(bench.device)
        loss = _loss(logits, target, bench.class_weights, bench.recipe.label_smoothing if training else 0.0)
    if training:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if bench.recipe.optimiser.clip_norm:
            torch.nn.utils.clip_grad_norm_(bench.network.parameters(), bench.recipe.optimiser.clip_norm)
        optimiser.step()
    named = (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(dim=1)
    return float(loss.detach()), int((named == target).sum())


def _loss(logits: Any, target: Any, weights: Any, smoothing: float) -> Any:
    """Weighted mean of binary or categorical cross-entropy, by the number of outputs."""
    from torch.nn import functional

    if logits.shape[1] == 1:
        soft = target.float() * (1 - smoothing) + smoothing / 2
        each = functional.binary_cross_entropy_with_logits(logits[:, 0], soft, reduction="none")
        return (each * weights[target]).sum() / weights[target].sum()
    return functional.cross_entropy(logits, target, weight=weights, label_smoothing=smoothing)


def _validate(bench: _Bench, validation: PixelSet) -> tuple[float | None, float | None]:
    """Mean loss and share of right answers over the validation part, or None twice without one."""
    if not len(validation):
        return None, None
    losses, right = 0.0, 0
    for pixels, labels in _batches(validation, np.arange(len(validation)), bench.recipe.batch_size, None):
        loss, hits = _pass(bench, pixels, labels)
        losses += loss * len(labels)
        right += hits
    return losses / len(validation), right / len(validation)


def _batches(photos: PixelSet, order: IntArray, size: int, augment: Augment | None) -> Iterator[tuple[Any, Any]]:
    """(pixels float32 (b, c, h, w) in 0..1, labels (b,)) of the photos in `order`."""
    import torch

    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        pixels = _planes(photos.pixels[chosen])
        if augment is not None:
            pixels = torch.stack([augment(photo) for photo in pixels])
        yield pixels, torch.from_numpy(photos.labels[chosen])


def _planes(pixels: Pixels) -> Any:
    """uint8 (n, h, w, c) to float32 (n, c, h, w) in 0..1."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).float() / 255


def _optimiser(network: Any, chosen: Optimiser) -> Any:
    import torch

    options = {"lr": chosen.learning_rate, "weight_decay": chosen.weight_decay}
    if chosen.name == "sgd":
        return torch.optim.SGD(network.parameters(), momentum=chosen.momentum, **options)
    kind = torch.optim.AdamW if chosen.name == "adamw" else torch.optim.Adam
    return kind(network.parameters(), **options)


def _diverged(epoch: int, step: int, loss: float, recipe: NetworkRecipe, checkpoints: Checkpoints) -> KenaliError:
    rate = recipe.optimiser.learning_rate
    kept = f"; the last good epoch is kept in {checkpoints.folder}" if epoch > 1 else ""
    return KenaliError(
        f"training diverged in epoch {epoch}, step {step}: the loss is {loss}. The learning rate {rate:g} is too high for "
        f"this network; try --learning-rate {rate / 10:g}{kept}"
    )
