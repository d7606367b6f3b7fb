"""The epochs of a network: one function for training and validation, told as events, repeatable to the bit on a CPU.

Everything random in an epoch follows from the seed and the epoch's number alone, so that a run resumed after any epoch
goes on exactly as an uninterrupted one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from kenali.errors import KenaliError
from kenali.models.stages import stages_of
from kenali.training.allocator import keep_large_buffers
from kenali.training.augment import PhotoAugment, batch_augmenter
from kenali.training.checkpoint import Checkpoints, NoCheckpoints
from kenali.training.choices import Epochs, Optimiser
from kenali.training.events import BatchEnd, Event
from kenali.training.pixels import PixelSet, Rows
from kenali.training.schedule import learning_rate
from kenali.types import EpochEnd, IntArray, Pixels


def pick_device() -> str:
    """`cuda` or `mps` where PyTorch finds one, else `cpu`."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@dataclass(slots=True)
class _Tally:
    """Loss and right answers summed over the photos seen so far."""

    loss: float = 0.0
    right: int = 0
    photos: int = 0

    def add(self, loss: float, right: int, photos: int) -> None:
        self.loss += loss * photos
        self.right += right
        self.photos += photos

    @property
    def means(self) -> tuple[float, float]:
        return self.loss / self.photos, self.right / self.photos


class _Bench:
    """A network with everything that a batch needs, training or validation, on the device that PyTorch finds."""

    def __init__(self, network: Any, choices: Epochs, class_weights: np.ndarray[Any, Any]) -> None:
        import torch
        from torch import nn

        self.choices = choices
        self.device = pick_device()
        self.network = network.to(device=self.device, memory_format=torch.channels_last)
        self.forward = torch.compile(network) if choices.compile else network
        self.weights = torch.as_tensor(class_weights, dtype=torch.float32, device=self.device)
        self.stages = stages_of(network)
        self.optimiser = _optimiser(self.stages, choices.optimiser)
        self.mix = batch_augmenter(choices.augmentation, len(class_weights))
        self.norms = [one for one in network.modules() if isinstance(one, nn.modules.batchnorm._BatchNorm)]
        self.averaged: Any = None
        if choices.ema:
            from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

            self.averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(choices.ema), use_buffers=True)

    def thaw(self, epoch: int) -> None:
        """Let the stages that take part in this epoch learn, and no other."""
        choices, first = self.choices, self.choices.freeze
        if choices.thaw_every:
            first = max(first, len(self.stages) - 1 - (epoch - 1) // choices.thaw_every)
        for index, stage in enumerate(self.stages):
            for parameter in stage:
                parameter.requires_grad_(index >= min(first, len(self.stages) - 1))

    def train_on(self, pixels: Any, labels: Any, rate: float) -> tuple[float, int]:
        """One step on pixels uint8 (b, c, h, w): the batch's mean loss and how many were named right."""
        import torch

        self.network.train()
        if self.choices.batch_norm == "frozen":
            for norm in self.norms:
                norm.eval()
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        scaled = self.scaled(pixels)
        target = labels.to(self.device)
        scaled, shares = self.mix(scaled, target) if self.mix else (scaled, self._one_hot(target))
        with self.autocast():
            logits = self.forward(scaled).float()
        loss = _loss(logits, shares, self.weights, self.choices.label_smoothing)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if self.choices.optimiser.clip_norm:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.choices.optimiser.clip_norm)
        self.optimiser.step()
        if self.averaged is not None:
            self.averaged.update_parameters(self.network)
        return float(loss.detach()), int((_named(logits) == target).sum())

    def judge(self, pixels: Any, labels: Any) -> tuple[float, int]:
        """The mean loss and the right answers of the network that would be kept, on pixels uint8 (b, c, h, w)."""
        import torch

        network = self.network if self.averaged is None else self.averaged.module
        network.eval()
        target = labels.to(self.device)
        with torch.inference_mode(), self.autocast():
            logits = network(self.scaled(pixels)).float()
        return float(_loss(logits, self._one_hot(target), self.weights, 0.0)), int((_named(logits) == target).sum())

    def scaled(self, pixels: Any) -> Any:
        """float32 (b, c, h, w) in 0..1 on the device."""
        import torch

        if self.device == "cuda":
            pixels = pixels.pin_memory()
        moved = pixels.to(self.device, non_blocking=True)
        return moved.to(torch.float32, memory_format=torch.channels_last).div_(255)

    def autocast(self) -> AbstractContextManager[Any]:
        import torch

        able = self.device == "cpu" or (self.device == "cuda" and torch.cuda.is_bf16_supported())
        wanted = self.choices.precision == "bfloat16" or (self.choices.precision == "auto" and self.device == "cuda")
        context: AbstractContextManager[Any] = torch.autocast(self.device, torch.bfloat16, enabled=wanted and able)
        return context

    def _one_hot(self, labels: Any) -> Any:
        from torch.nn import functional

        return functional.one_hot(labels, len(self.weights)).float()


def train_network(
    network: Any,
    training: PixelSet,
    validation: PixelSet,
    choices: Epochs,
    class_weights: np.ndarray[Any, Any],
    *,
    seed: int = 0,
    augment: PhotoAugment | None = None,
    checkpoints: Checkpoints | NoCheckpoints | None = None,
) -> Iterator[Event]:
    """Train `network` in place, yielding events; at the end it holds the kept epoch's weights.

    The network maps scaled pixels float32 (n, c, h, w) in 0..1 to one logit (sigmoid, two classes) or one a class.
    `class_weights` (k,) weigh the loss, or the draw of photos where the choices balance by sampling. Continues where
    `checkpoints` says an earlier run stopped. Raises KenaliError when the loss is no longer a number; the last good epoch
    stays in the checkpoints.
    """
    import torch

    keep_large_buffers()
    checkpoints = checkpoints or NoCheckpoints()
    sampled = choices.balanced_by == "sampling"
    bench = _Bench(network, choices, np.ones_like(class_weights) if sampled else class_weights)
    chances = class_weights[training.labels] if sampled else None
    steps = math.ceil(len(training) / choices.batch_size)
    done = checkpoints.resume(bench.network, bench.optimiser, bench.averaged)
    yield from done.history
    for epoch in range(len(done.history) + 1, choices.epochs + 1):
        if done.is_over(choices.patience):
            break
        torch.manual_seed(seed * 1_000_003 + epoch)
        bench.thaw(epoch)
        tally, rate, start = _Tally(), 0.0, time.perf_counter()
        order = _order(len(training), chances, seed, epoch)
        for step, (pixels, labels) in enumerate(_batches(training, order, choices.batch_size, augment), start=1):
            rate = learning_rate(choices.optimiser, (epoch - 1) * steps + step - 1, steps, choices.epochs)
            loss, right = bench.train_on(pixels, labels, rate)
            if not math.isfinite(loss):
                raise _diverged(epoch, step, loss, choices.optimiser.learning_rate, checkpoints)
            tally.add(loss, right, len(labels))
            yield BatchEnd(epoch, step, steps, loss, *tally.means, tally.photos / (time.perf_counter() - start))
        event = EpochEnd(epoch, rate, *tally.means, *_validate(bench, validation))
        done = checkpoints.save(bench.network, bench.optimiser, bench.averaged, done, event)
        yield event
    if bench.averaged is not None:
        network.load_state_dict(bench.averaged.module.state_dict())
    checkpoints.restore_best(network)
    network.to("cpu").eval()


def predict_logits(network: Any, pixels: Rows, batch_size: int) -> np.ndarray[Any, Any]:
    """Logits float32 (n, outputs) of the trained network on the CPU, for pixels uint8 (n, h, w, c)."""
    import torch

    network.cpu().eval()
    rows = np.arange(pixels.shape[0])
    with torch.inference_mode():
        found = [
            network(_planes(pixels[rows[start : start + batch_size]]).float() / 255).numpy()
            for start in range(0, len(rows), batch_size)
        ]
    return np.concatenate(found)


def _named(logits: Any) -> Any:
    """The class that logits (n, 1 or k) speak for, (n,)."""
    return (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(dim=1)


def _loss(logits: Any, shares: Any, weights: Any, smoothing: float) -> Any:
    """Weighted mean of binary or categorical cross-entropy, by the number of outputs; `shares` (b, k) sum to one."""
    from torch.nn import functional

    weight = shares @ weights
    soft = shares * (1 - smoothing) + smoothing / shares.shape[1]
    if logits.shape[1] == 1:
        each = functional.binary_cross_entropy_with_logits(logits[:, 0], soft[:, 1], reduction="none")
    else:
        each = -(soft * logits.log_softmax(dim=1)).sum(dim=1)
    return (each * weight).sum() / weight.sum()


def _validate(bench: _Bench, validation: PixelSet) -> tuple[float | None, float | None]:
    """Mean loss and share of right answers over the validation part, or None twice without one."""
    if not len(validation):
        return None, None
    tally = _Tally()
    for pixels, labels in _batches(validation, np.arange(len(validation)), bench.choices.batch_size, None):
        tally.add(*bench.judge(pixels, labels), len(labels))
    return tally.means


def _order(n: int, chances: np.ndarray[Any, Any] | None, seed: int, epoch: int) -> IntArray:
    """The photos of an epoch: each once in some order, or as many drawn with `chances` and put back."""
    generator = np.random.default_rng([seed, epoch])
    if chances is None:
        return generator.permutation(n)
    return generator.choice(n, size=n, p=chances / chances.sum())


def _batches(photos: PixelSet, order: IntArray, size: int, augment: PhotoAugment | None) -> Iterator[tuple[Any, Any]]:
    """(pixels uint8 (b, c, h, w), labels (b,)) of the photos in `order`."""
    import torch

    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        pixels = _planes(photos.pixels[chosen])
        if augment is not None:
            pixels = torch.stack([augment(photo) for photo in pixels])
        yield pixels, torch.from_numpy(photos.labels[chosen])


def _planes(pixels: Pixels) -> Any:
    """uint8 (n, h, w, c) seen as (n, c, h, w), without a copy."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2)


def _optimiser(stages: list[list[Any]], chosen: Optimiser) -> Any:
    """The optimiser, with one group a stage and in it the stage's `share` of the learning rate."""
    import torch

    groups = [{"params": stage, "share": chosen.layer_decay ** (len(stages) - 1 - index)} for index, stage in enumerate(stages)]
    options = {"lr": chosen.learning_rate, "weight_decay": chosen.weight_decay}
    if chosen.name == "sgd":
        return torch.optim.SGD(groups, momentum=chosen.momentum, **options)
    kind = torch.optim.AdamW if chosen.name == "adamw" else torch.optim.Adam
    return kind(groups, **options)


def _diverged(epoch: int, step: int, loss: float, rate: float, checkpoints: Checkpoints | NoCheckpoints) -> KenaliError:
    kept = f"; the last good epoch is kept in {checkpoints.folder}" if epoch > 1 and checkpoints.folder else ""
    return KenaliError(
        f"training diverged in epoch {epoch}, step {step}: the loss is {loss}. The learning rate {rate:g} is too high for "
        f"this network; try --learning-rate {rate / 10:g}{kept}"
    )
