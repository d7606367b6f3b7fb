"""One batch through a network: forwards, backwards, and a step, on the device that PyTorch finds."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from kenali.models.stages import stages_of
from kenali.training.augment import batch_augmenter
from kenali.training.choices import Epochs, Optimiser
from kenali.training.feed import Batch
from kenali.training.team import Team


def pick_device() -> str:
    """`cuda` or `mps` where PyTorch finds one, else `cpu`."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


class Bench:
    """A network with everything that a batch needs, training or validation, on the device that PyTorch finds.

    In a team every process has a bench, and all hold the same weights after each step.
    """

    def __init__(self, network: Any, choices: Epochs, class_weights: np.ndarray[Any, Any], team: Team | None = None) -> None:
        import torch
        from torch import nn

        self.choices, self.team = choices, team or Team()
        self.device = pick_device()
        self.network = network.to(device=self.device, memory_format=torch.channels_last)
        self.forward = torch.compile(network) if choices.compile and self.team.size == 1 else network
        self.weights = torch.as_tensor(class_weights, dtype=torch.float32, device=self.device)
        self.stages = stages_of(network)
        self.optimiser = _optimiser(self.stages, choices.optimiser, self.device)
        self.half_pays = _half_pays(network, self.device)
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

    def train_on(self, batch: Batch, rate: float) -> tuple[float, int]:
        """One step on a batch: its mean loss and how many were named right, of the whole team's rows."""
        import torch

        self.network.train()
        if self.choices.batch_norm == "frozen":
            for norm in self.norms:
                norm.eval()
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        scaled = self.scaled(batch.pixels)
        target = batch.shown.to(self.device)
        scaled, shares = self.mix(scaled, target) if self.mix else (scaled, self._one_hot(target))
        scaled, shares, target = (rows[batch.lead :] for rows in (scaled, shares, target))
        with self.autocast(), self.team.as_one(batch.share):
            logits = self.forward(scaled).float()
        loss = self._loss(logits, shares, batch, self.choices.label_smoothing)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        told = torch.stack([loss.detach(), (_named(logits) == target).sum() / batch.share.repeated])
        if self.team.size > 1:
            told = self._add_up(told)
        if self.choices.optimiser.clip_norm:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.choices.optimiser.clip_norm)
        self.optimiser.step()
        if self.averaged is not None:
            self.averaged.update_parameters(self.network)
        mean, right = told.tolist()
        return mean, round(right)

    def _add_up(self, told: Any) -> Any:
        """Make every gradient, and what is told, the sum over the team, in one message."""
        import torch

        gradients = [one.grad for one in self.network.parameters() if one.grad is not None]
        flat = self.team.add_up(torch.cat([told.float(), *(gradient.reshape(-1) for gradient in gradients)]))
        rest = flat[len(told) :]
        for gradient, summed in zip(gradients, rest.split([one.numel() for one in gradients]), strict=True):
            gradient.copy_(summed.view_as(gradient))
        return flat[: len(told)]

    def judge(self, batch: Batch) -> tuple[float, float]:
        """What this process's rows add to the batch's mean loss and right answers, of the network that would be kept."""
        import torch

        network = self.network if self.averaged is None else self.averaged.module
        network.eval()
        target = batch.shown.to(self.device)
        with torch.inference_mode(), self.autocast():
            logits = network(self.scaled(batch.pixels)).float()
        right = int((_named(logits) == target).sum())
        return float(self._loss(logits, self._one_hot(target), batch, 0.0)), right / batch.share.repeated

    def scaled(self, pixels: Any) -> Any:
        """float32 (b, c, h, w) in 0..1 on the device."""
        import torch

        if self.device == "cuda":
            pixels = pixels.pin_memory()
        moved = pixels.to(self.device, non_blocking=True)
        return moved.to(torch.float32, memory_format=torch.channels_last).div_(255)

    def autocast(self) -> AbstractContextManager[Any]:
        """Mixed precision, where it is chosen or, by itself, where it pays."""
        import torch

        mixed = self.choices.precision == "bfloat16" or (self.choices.precision == "auto" and self.half_pays)
        context: AbstractContextManager[Any] = torch.autocast(self.device, torch.bfloat16, enabled=mixed)
        return context

    def _one_hot(self, labels: Any) -> Any:
        from torch.nn import functional

        return functional.one_hot(labels, len(self.weights)).float()

    def _loss(self, logits: Any, shares: Any, batch: Batch, smoothing: float) -> Any:
        """What these rows add to the batch's mean loss, weighted by class; `shares` (b, k) of the classes sum to one.

        Mixing photos moves weight between rows, and leaves the batch's sum as it was.
        """
        whole = self.weights[batch.labels.to(self.device)].sum()
        return _losses(logits, shares, self.weights, smoothing).sum() / (whole * batch.share.repeated)


def _named(logits: Any) -> Any:
    """The class that logits (n, 1 or k) speak for, (n,)."""
    return (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(dim=1)


def _losses(logits: Any, shares: Any, weights: Any, smoothing: float) -> Any:
    """Weighted binary or categorical cross-entropies (b,), by the number of outputs; `shares` (b, k) sum to one."""
    from torch.nn import functional

    soft = shares * (1 - smoothing) + smoothing / shares.shape[1]
    if logits.shape[1] == 1:
        each = functional.binary_cross_entropy_with_logits(logits[:, 0], soft[:, 1], reduction="none")
    else:
        each = -(soft * logits.log_softmax(dim=1)).sum(dim=1)
    return each * (shares @ weights)


def _half_pays(network: Any, device: str) -> bool:
    """Whether bfloat16 is faster: on CUDA that knows it, and on CPUs with matrix tiles (AMX), where it trains ordinary
    convolutions 1.5 to 2 times as fast but depthwise ones at half the speed."""
    import torch
    from torch import nn

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    tiles = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    depthwise = any(isinstance(one, nn.Conv2d) and one.groups > 1 for one in network.modules())
    return device == "cpu" and bool(tiles()) and not depthwise


def _optimiser(stages: list[list[Any]], chosen: Optimiser, device: str) -> Any:
    """The optimiser, with one group a stage and in it the stage's `share` of the learning rate."""
    import torch

    groups = [{"params": stage, "share": chosen.layer_decay ** (len(stages) - 1 - index)} for index, stage in enumerate(stages)]
    options = {"lr": chosen.learning_rate, "weight_decay": chosen.weight_decay, "fused": device in ("cpu", "cuda")}
    if chosen.name == "sgd":
        return torch.optim.SGD(groups, momentum=chosen.momentum, **options)
    kind = torch.optim.AdamW if chosen.name == "adamw" else torch.optim.Adam
    return kind(groups, **options)
