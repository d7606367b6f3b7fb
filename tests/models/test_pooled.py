"""The pooled convolution against PyTorch's own two layers."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(("channels", "stride", "size"), [(1, 2, (39, 37)), (3, 1, (20, 23)), (1, 1, (8, 8))])
@pytest.mark.parametrize("flat", [False, True])
def test_same_numbers_and_gradients_as_convolution_then_pooling(
    channels: int, stride: int, size: tuple[int, int], flat: bool
) -> None:
    """`flat` photos tie everywhere: the gradient must go to one position alone, as PyTorch's does."""
    from kenali.models.pooled import PooledConvolution

    torch.manual_seed(0)
    layer = PooledConvolution(channels, 6, 3, stride)
    plain, pixels = layer.convolution, torch.rand(5, channels, *size)
    if flat:
        pixels = torch.full_like(pixels, 0.5)
    expected = torch.nn.functional.max_pool2d(plain(pixels), 2)
    found = layer(pixels)
    assert torch.allclose(found, expected, atol=1e-5)
    gradient = torch.rand_like(expected)
    wanted = torch.autograd.grad(expected, [plain.weight, plain.bias], gradient)
    got = torch.autograd.grad(found, [plain.weight, plain.bias], gradient)
    for one, other in zip(got, wanted, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-3)
    assert torch.allclose(layer.eval()(pixels), expected, atol=1e-5)


def test_mixed_precision_leaves_it_whole() -> None:
    from kenali.models.pooled import PooledConvolution

    layer = PooledConvolution(1, 4, 3, 2)
    with torch.autocast("cpu", torch.bfloat16):
        pooled = layer(torch.rand(2, 1, 16, 16))
    assert pooled.dtype == torch.float32
    pooled.sum().backward()
    assert layer.convolution.weight.grad is not None
