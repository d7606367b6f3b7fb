"""What a network makes of a photo depends on the batch around it in two ways: what dropout draws, and what batch norms
average. Here both are those of the whole batch, although each process holds some of its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from kenali.models.dropout import cheap_dropout
from kenali.training.team import Share, Team


class AsOne(TorchFunctionMode):  # type: ignore[misc]
    """Watches PyTorch's functions; covers the layers of PyTorch, torchvision and timm alike, which all call the same few."""

    def __init__(self, team: Team, share: Share) -> None:
        super().__init__()
        self._team, self._share = team, share

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is functional.dropout or func is cheap_dropout:
            return self._dropout(func, *args, **kwargs)
        if func is torch.Tensor.bernoulli_ and args[0].shape[:1] == (self._share.stop - self._share.start,):
            return self._drawn(func, *args, **kwargs)
        if func is functional.batch_norm and kwargs["training"]:
            return self._batch_norm(*args, **kwargs)
        return func(*args, **kwargs)

    def _whole(self, rows: Any) -> Any:
        """Room for the whole batch, laid out in memory as these rows are."""
        last = rows.dim() == 4 and rows.is_contiguous(memory_format=torch.channels_last) and not rows.is_contiguous()
        layout = torch.channels_last if last else torch.contiguous_format
        shape = (self._share.total, *rows.shape[1:])
        return torch.empty(shape, dtype=rows.dtype, device=rows.device, memory_format=layout)

    def _own(self, whole: Any) -> Any:
        return whole[self._share.start : self._share.stop]

    def _dropout(self, func: Callable[..., Any], values: Any, p: float = 0.5, training: bool = True, **_: Any) -> Any:
        """What is dropped of the whole batch, as the layer itself would draw it, of which only the own rows count."""
        if not training or not p:
            return values
        return values * self._own(func(self._whole(values).fill_(1), p))

    def _drawn(self, func: Callable[..., Any], values: Any, *args: Any, **kwargs: Any) -> Any:
        """A draw for each row of the batch, as in stochastic depth."""
        return values.copy_(self._own(func(self._whole(values), *args, **kwargs)))

    def _batch_norm(
        self,
        values: Any,
        running_mean: Any,
        running_var: Any,
        weight: Any = None,
        bias: Any = None,
        training: bool = True,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Any:
        """`functional.batch_norm` with the mean and the variance of the whole batch, in float32 whatever the values are."""
        rows, beside = values.float(), [0, *range(2, values.dim())]
        shape = [1, -1] + [1] * (values.dim() - 2)
        n = self._share.total * rows[0, 0].numel()
        mean = _Summed.apply(rows.sum(beside), self._team) / n
        centred = rows - mean.view(shape)
        variance = _Summed.apply(centred.square().sum(beside), self._team) / n
        if running_mean is not None:
            with torch.no_grad():
                running_mean.lerp_(mean.to(running_mean.dtype), momentum)
                running_var.lerp_((variance * n / (n - 1)).to(running_var.dtype), momentum)
        scale = (variance + eps).rsqrt()
        scale = scale if weight is None else scale * weight
        normed = centred * scale.view(shape)
        return (normed if bias is None else normed + bias.view(shape)).to(values.dtype)


class _Summed(torch.autograd.Function):  # type: ignore[misc]
    """The sum over the team. Each process's loss depends on it, so its gradient is a sum over the team as well."""

    @staticmethod
    def forward(ctx: Any, values: Any, team: Team) -> Any:
        ctx.team = team
        return team.add_up(values.clone())

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return ctx.team.add_up(gradients[0].clone()), None
