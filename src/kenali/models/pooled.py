"""A first convolution, its 2 x 2 pooling and its rectifier as one step that never holds the convolution's full output.

For few input channels and many outputs, as in the tyre study (1 to 128 at 189 x 189), training is bound by memory: the
convolution's output is a hundred times the photo, and pooling reads it again forwards and writes it again backwards. Here
the four positions under each pooled pixel are one product of matrices, taken strip by strip while they are in the cache;
kept is only what the next layer sees, and the way back works out again which position won. Same numbers and gradients,
with a fraction of the memory and of the passes over it (`benchmarks/train_throughput.py` measures that network).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

_STRIP = 2048  # pooled pixels at once: with 128 channels in bfloat16 the four positions fill two megabytes
_BITS = {torch.bfloat16: torch.int16, torch.float32: torch.int32}
_where_positive = torch.ops.aten.threshold_backward.grad_input  # (values, condition, 0, grad_input=where to)


class PooledConvolution(nn.Module):  # type: ignore[misc]
    """`ReLU()(MaxPool2d(2)(Conv2d(...)))` of photos, with valid padding; the photos themselves get no gradient."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride)

    def forward(self, pixels: Any) -> Any:
        """(n, c, h, w) to the pooled and rectified (n, out_channels, h', w')."""
        layer = self.convolution
        if self.training and torch.is_grad_enabled() and pixels.device.type == "cpu":
            dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else layer.weight.dtype
            if dtype in _BITS:
                return _Pooled.apply(pixels.to(dtype), layer.weight, layer.bias, layer.stride[0])
        return functional.max_pool2d(layer(pixels), 2).relu()


class _Pooled(torch.autograd.Function):  # type: ignore[misc]
    """Numbers that are not negative order as their bits do, and integers compare several times as fast as bfloat16."""

    @staticmethod
    def forward(ctx: Any, pixels: Any, weight: Any, bias: Any, stride: int) -> Any:
        c, _, k, _ = weight.shape
        kernels = _kernels(weight, bias, stride).to(pixels.dtype)
        patches = _patches(pixels, k, stride)
        n, height, width, _ = patches.shape
        patches = patches.flatten(0, 2)
        pooled = torch.empty(len(patches), c, dtype=pixels.dtype)
        bits = pooled.view(_BITS[pooled.dtype])
        for start in range(0, len(patches), _STRIP):
            strip = slice(start, start + _STRIP)
            seen = (patches[strip] @ kernels).view(bits.dtype)
            pairs = torch.maximum(seen[:, : 2 * c], seen[:, 2 * c :])
            torch.maximum(pairs[:, :c], pairs[:, c:], out=bits[strip]).clamp_min_(0)
        if not kernels.isfinite().all():
            pooled.fill_(math.nan)  # the bits of a NaN may count as negative
        ctx.save_for_backward(patches, kernels, pooled)
        ctx.stride, ctx.shape = stride, weight.shape
        return pooled.view(n, height, width, c).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        patches, kernels, pooled = ctx.saved_tensors
        c, kind = ctx.shape[0], _BITS[pooled.dtype]
        gradient = gradients[0].permute(0, 2, 3, 1).reshape(-1, c).to(pooled.dtype).view(kind)
        bits = pooled.view(kind)
        total = torch.zeros(kernels.shape)
        scratch = torch.empty(_STRIP, 4 * c, dtype=kind)  # the gradient of each position
        for start in range(0, len(patches), _STRIP):
            strip = slice(start, start + _STRIP)
            seen = (patches[strip] @ kernels).view(kind).clamp_min_(0)
            pairs = torch.maximum(seen[:, : 2 * c], seen[:, 2 * c :])
            own = scratch[: len(seen)]
            _where_positive(gradient[strip], bits[strip], 0, grad_input=own[:, :c])
            _where_positive(own[:, :c], pairs[:, c:] - pairs[:, :c], 0, grad_input=own[:, c : 2 * c])
            own[:, :c].sub_(own[:, c : 2 * c])
            _where_positive(own[:, : 2 * c], seen[:, 2 * c :].sub_(seen[:, : 2 * c]), 0, grad_input=own[:, 2 * c :])
            own[:, : 2 * c].sub_(own[:, 2 * c :])
            total += patches[strip].t() @ own.view(pooled.dtype)
        return None, *_gathered(total, ctx.shape, ctx.stride), None


def _patches(pixels: Any, k: int, stride: int) -> Any:
    """Of pixels (n, in, h, w), all that each pooled pixel sees and a one for the bias: (n, h', w', in * side * side + 1)."""
    n, channels, *sides = pixels.shape
    height, width = (((side - k) // stride + 1) // 2 for side in sides)
    side = k + stride
    windows = pixels.unfold(2, side, 2 * stride).unfold(3, side, 2 * stride)[:, :, :height, :width]
    patches = pixels.new_ones(n, height, width, channels * side * side + 1)
    patches[..., :-1] = windows.permute(0, 2, 3, 1, 4, 5).reshape(n, height, width, -1)
    return patches


def _kernels(weight: Any, bias: Any, stride: int) -> Any:
    """The convolution at each of the four positions of a patch, beside each other: (in * side * side + 1, 4 * out)."""
    out, channels, k, _ = weight.shape
    side = k + stride
    placed = weight.new_zeros(channels, side, side, 4, out)
    for position, (rows, columns) in enumerate(_positions(k, stride)):
        placed[:, rows, columns, position] = weight.permute(1, 2, 3, 0)
    return torch.cat([placed.view(-1, 4 * out), bias.repeat(4)[None]])


def _gathered(total: Any, shape: Any, stride: int) -> tuple[Any, Any]:
    """The gradients of the weight (`shape`) and the bias from that of the four kernels."""
    out, channels, k, _ = shape
    side = k + stride
    placed = total[:-1].view(channels, side, side, 4, out)
    parts = [placed[:, rows, columns, position] for position, (rows, columns) in enumerate(_positions(k, stride))]
    weight = torch.stack(parts).sum(0).permute(3, 0, 1, 2)
    return weight, total[-1].view(4, out).sum(0)


def _positions(k: int, stride: int) -> list[tuple[slice, slice]]:
    """Where in a patch the convolution looks, for each of the four positions."""
    return [(slice(y, y + k), slice(x, x + k)) for y in (0, stride) for x in (0, stride)]
