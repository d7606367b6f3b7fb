"""A first convolution and its 2 x 2 pooling as one step that never holds the convolution's full output.

For few input channels and many outputs, as in the tyre study (1 to 128 at 189 x 189), training is bound by memory: the
convolution's output is a hundred times the photo, and pooling reads it again forwards and writes it again backwards. Here
the four positions under each pooled pixel are four products of small matrices, taken strip by strip while they are in the
cache; kept are the largest value and three bits that say which position gave it. Same numbers and gradients, with
less memory and fewer passes over it (`benchmarks/train_throughput.py` measures that network).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

_STRIP = 2048  # rows of the pooled picture at once: with 128 channels a megabyte


class PooledConvolution(nn.Module):  # type: ignore[misc]
    """`MaxPool2d(2)(Conv2d(...))` of photos, with valid padding; the photos themselves get no gradient."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, out_channels, kernel_size, stride=stride)

    def forward(self, pixels: Any) -> Any:
        """(n, c, h, w) to the pooled (n, out_channels, h', w')."""
        layer = self.convolution
        if self.training and torch.is_grad_enabled() and pixels.device.type == "cpu":
            return _Pooled.apply(pixels, layer.weight, layer.bias, layer.stride[0])
        return functional.max_pool2d(layer(pixels), 2)


class _Pooled(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)  # type: ignore[untyped-decorator]
    def forward(ctx: Any, pixels: Any, weight: Any, bias: Any, stride: int) -> Any:
        c, _, k, _ = weight.shape
        n, height, width = len(pixels), *(((side - k) // stride + 1) // 2 for side in pixels.shape[2:])
        kernel = torch.cat([weight.permute(2, 3, 1, 0).reshape(-1, c), bias[None]])  # (k * k * in + 1, c)
        windows = pixels.permute(0, 2, 3, 1).unfold(1, k, stride).unfold(2, k, stride)  # (n, H, W, in, k, k)
        patches = torch.ones(4, n, height, width, len(kernel))  # the last of each is the bias's
        for position in range(4):
            seen = windows[:, position // 2 :: 2, position % 2 :: 2][:, :height, :width]
            patches[position, ..., :-1] = seen.permute(0, 1, 2, 4, 5, 3).reshape(n, height, width, -1)
        patches = patches.view(4, n * height * width, -1)
        pooled = torch.empty(patches.shape[1], c)
        larger = torch.empty(3, *pooled.shape, dtype=torch.bool)  # whether positions 1, 2, 3 beat those before
        for start in range(0, len(pooled), _STRIP):
            strip = slice(start, start + _STRIP)
            best = patches[0, strip] @ kernel
            for position in (1, 2, 3):
                other = patches[position, strip] @ kernel
                torch.gt(other, best, out=larger[position - 1, strip])
                torch.maximum(best, other, out=best if position < 3 else pooled[strip])
        ctx.save_for_backward(patches, larger)
        ctx.kernel_shape = (c, k, k, weight.shape[1])
        return pooled.view(n, height, width, c).permute(0, 3, 1, 2)

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")  # type: ignore[untyped-decorator]
    def backward(ctx: Any, *gradients: Any) -> Any:
        patches, larger = ctx.saved_tensors
        c, k, _, channels = ctx.kernel_shape
        gradient = gradients[0].permute(0, 2, 3, 1).reshape(-1, c)
        kernel = torch.zeros(patches.shape[2], c)
        for start in range(0, len(gradient), _STRIP):
            strip = slice(start, start + _STRIP)
            rest = gradient[strip].clone()  # of positions that nothing has claimed yet, the last first
            for position in (3, 2, 1):
                own = rest * larger[position - 1, strip]
                rest -= own
                kernel.addmm_(patches[position, strip].t(), own)
            kernel.addmm_(patches[0, strip].t(), rest)
        weight = kernel[:-1].t().reshape(c, k, k, channels).permute(0, 3, 1, 2)
        return None, weight, kernel[-1], None
