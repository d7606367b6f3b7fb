"""The epochs of a network: one function for training and validation, told as events, repeatable to the bit on a CPU.

Everything random in an epoch follows from the seed and the epoch's number alone, so that a run resumed after any epoch
goes on exactly as an uninterrupted one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kenali.allocator import keep_large_buffers
from kenali.errors import Diverged, KenaliError
from kenali.models.pretrained import head_of
from kenali.training.augment import PhotoAugment
from kenali.training.batch import Bench, pick_device
from kenali.training.checkpoint import Checkpoints, NoCheckpoints
from kenali.training.choices import Epochs
from kenali.training.events import BatchEnd, Event
from kenali.training.feed import batches, planes
from kenali.training.pixels import PixelSet, Rows
from kenali.training.schedule import learning_rate
from kenali.training.team import Team
from kenali.types import EpochEnd, FloatArray, IntArray

_HOPELESS = 100.0
"""Times the loss of guessing: where a batch's loss goes beyond, the run has diverged, even if it is still a number."""


@dataclass(slots=True)
class _Tally:
    """Loss and right answers summed over the photos seen so far."""

    loss: float = 0.0
    right: float = 0
    photos: int = 0

    def add(self, loss: float, right: float, photos: int) -> None:
        self.loss += loss * photos
        self.right += right
        self.photos += photos

    def over(self, team: Team, device: str) -> _Tally:
        """The sum of a team's tallies, each of which counts the photos of all."""
        if team.size == 1:
            return self
        import torch

        sums = torch.tensor([self.loss, self.right], dtype=torch.float32 if device == "mps" else torch.float64, device=device)
        loss, right = team.add_up(sums).tolist()
        return _Tally(loss, right, self.photos)

    @property
    def means(self) -> tuple[float, float]:
        return self.loss / self.photos, self.right / self.photos


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
    team: Team | None = None,
) -> Iterator[Event]:
    """Train `network` in place, yielding events; at the end it holds the kept epoch's weights.

    The network maps scaled pixels float32 (n, c, h, w) in 0..1 to one logit (sigmoid, two classes) or one a class.
    `class_weights` (k,) weigh the loss, or the draw of photos where the choices balance by sampling. Continues where
    `checkpoints` says an earlier run stopped. Raises Diverged when the loss is no longer a number, or far beyond
    that of guessing; the last good epoch stays in the checkpoints.

    The processes of a `team` call this with the same arguments; each works on its share of every batch, all see the same
    events and end with the same weights, which are those of one process alone but for rounding.
    """
    import torch

    keep_large_buffers()
    checkpoints, team = checkpoints or NoCheckpoints(), team or Team()
    sampled = choices.balanced_by == "sampling"
    bench = Bench(network, choices, np.ones_like(class_weights) if sampled else class_weights, team)
    chances = class_weights[training.labels] if sampled else None
    steps = math.ceil(len(training) / choices.batch_size)
    hopeless = _HOPELESS * math.log(len(class_weights))
    done = checkpoints.resume(bench.network, bench.optimiser, bench.averaged, tidy=team.rank == 0)
    _require_same_start(team, len(done.history), checkpoints)
    yield from done.history
    for epoch in range(len(done.history) + 1, choices.epochs + 1):
        if done.is_over(choices.patience):
            break
        torch.manual_seed(seed * 1_000_003 + epoch)
        bench.thaw(epoch)
        tally, rate, start = _Tally(), 0.0, time.perf_counter()
        order = _order(len(training), chances, seed, epoch)
        feed = batches(training, order, choices.batch_size, augment, seed=(seed, epoch), team=team, mixed=bench.mix is not None)
        for step, batch in enumerate(feed, start=1):
            rate = learning_rate(choices.optimiser, (epoch - 1) * steps + step - 1, steps, choices.epochs)
            loss, right = bench.train_on(batch, rate)
            if not loss <= hopeless:  # no number, too
                raise _diverged(epoch, step, loss, choices.optimiser.learning_rate, checkpoints)
            tally.add(loss, right, batch.share.total)
            yield BatchEnd(epoch, step, steps, loss, *tally.means, tally.photos / (time.perf_counter() - start))
        event = EpochEnd(epoch, rate, *tally.means, *_validate(bench, validation))
        if team.rank == 0 or checkpoints.folder is None:
            done = checkpoints.save(bench.network, bench.optimiser, bench.averaged, done, event)
        else:
            done = done.with_epoch(event)
        team.wait()
        yield event
    if bench.averaged is not None:
        network.load_state_dict(bench.averaged.module.state_dict())
    checkpoints.restore_best(network)
    network.to("cpu").eval()


def predict(network: Any, pixels: Rows, batch_size: int) -> tuple[FloatArray, FloatArray]:
    """Logits (n, outputs) of the trained network on the CPU and the features (n, d) that its last layer saw, both float32.

    `pixels` are uint8 (n, h, w, c).
    """
    import torch

    network.cpu().eval()
    head, seen, logits = head_of(network), [], []
    watching = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].numpy()))
    rows = np.arange(pixels.shape[0])
    try:
        with torch.inference_mode():
            for start in range(0, len(rows), batch_size):
                logits.append(network(planes(pixels[rows[start : start + batch_size]]).float() / 255).numpy())
    finally:
        watching.remove()
    if not logits:
        return np.zeros((0, head.out_features), np.float32), np.zeros((0, head.in_features), np.float32)
    return np.concatenate(logits).astype(np.float32), np.concatenate(seen).astype(np.float32)


def _validate(bench: Bench, validation: PixelSet) -> tuple[float | None, float | None]:
    """Mean loss and share of right answers over the validation part, or None twice without one."""
    if not len(validation):
        return None, None
    tally = _Tally()
    for batch in batches(validation, np.arange(len(validation)), bench.choices.batch_size, team=bench.team):
        tally.add(*bench.judge(batch), batch.share.total)
    return tally.over(bench.team, bench.device).means


def _order(n: int, chances: np.ndarray[Any, Any] | None, seed: int, epoch: int) -> IntArray:
    """The photos of an epoch: each once in some order, or as many drawn with `chances` and put back."""
    generator = np.random.default_rng([seed, epoch])
    if chances is None:
        return generator.permutation(n)
    return generator.choice(n, size=n, p=chances / chances.sum())


def _require_same_start(team: Team, epochs: int, checkpoints: Checkpoints | NoCheckpoints) -> None:
    """Raise KenaliError where the processes of a team do not see the same checkpoint."""
    import torch

    if team.size > 1:
        seen = team.add_up(torch.nn.functional.one_hot(torch.tensor(team.rank), team.size).to(pick_device()) * epochs)
        if len(set(seen.tolist())) > 1:
            raise KenaliError(
                f"the nodes do not see the same files in {checkpoints.folder}: give a folder that all of them share"
            )


def _diverged(epoch: int, step: int, loss: float, rate: float, checkpoints: Checkpoints | NoCheckpoints) -> Diverged:
    kept = f"; the last good epoch is kept in {checkpoints.folder}" if epoch > 1 and checkpoints.folder else ""
    return Diverged(
        f"training diverged in epoch {epoch}, step {step}: the loss is {loss:.4g}. The learning rate {rate:g} is too high for "
        f"this network; try --learning-rate {rate / 10:g}{kept}"
    )
