"""The pooled convolution against PyTorch's own three layers."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(("channels", "stride", "size"), [(1, 2, (39, 37)), (3, 1, (20, 23)), (1, 1, (8, 8))])
@pytest.mark.parametrize("flat", [False, True])
def test_same_numbers_and_gradients_as_convolution_pooling_rectifier(
    channels: int, stride: int, size: tuple[int, int], flat: bool
) -> None:
    """`flat` photos tie everywhere: the gradient must go to one position alone, as PyTorch's does."""
    from kenali.models.pooled import PooledConvolution

    torch.manual_seed(0)
    layer = PooledConvolution(channels, 6, 3, stride)
    plain, pixels = layer.convolution, torch.rand(5, channels, *size)
    if flat:
        pixels = torch.full_like(pixels, 0.5)
    expected = torch.nn.functional.max_pool2d(plain(pixels), 2).relu()
    found = layer(pixels)
    assert torch.allclose(found, expected, atol=1e-5)
    gradient = torch.rand_like(expected)
    wanted = torch.autograd.grad(expected, [plain.weight, plain.bias], gradient)
    got = torch.autograd.grad(found, [plain.weight, plain.bias], gradient)
    for one, other in zip(got, wanted, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-3)
    assert torch.allclose(layer.eval()(pixels), expected, atol=1e-5)


def test_mixed_precision_is_as_close_as_pytorchs() -> None:
    """In bfloat16 other positions win where two are nearly equal: PyTorch's own layers err by as much."""
    from kenali.models.pooled import PooledConvolution

    torch.manual_seed(0)
    layer = PooledConvolution(1, 16, 3, 2)
    plain, pixels = layer.convolution, torch.rand(4, 1, 65, 65)
    ways: dict[str, Any] = {"ours": layer, "pytorch": lambda seen: torch.nn.functional.max_pool2d(plain(seen), 2).relu()}
    exact = ways["pytorch"](pixels)
    gradient = torch.rand_like(exact)
    wanted = torch.autograd.grad(exact, [plain.weight, plain.bias], gradient)
    errors = {}
    for name, way in ways.items():
        with torch.autocast("cpu", torch.bfloat16):
            pooled = way(pixels)
        assert pooled.dtype == torch.bfloat16
        got = torch.autograd.grad(pooled, [plain.weight, plain.bias], gradient.bfloat16())
        assert all(one.dtype == torch.float32 for one in got)
        errors[name] = [
            float((pooled - exact).detach().abs().max()),
            *(float((a - b).norm()) for a, b in zip(got, wanted, strict=True)),
        ]
    assert all(ours < 1.5 * theirs for ours, theirs in zip(errors["ours"], errors["pytorch"], strict=True)), errors


@pytest.mark.parametrize("value", [float("nan"), -float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_not_hidden(value: float) -> None:
    from kenali.models.pooled import PooledConvolution

    layer = PooledConvolution(1, 4, 3, 2)
    with torch.no_grad():
        layer.convolution.weight[0, 0, 0, 0] = value
    assert layer(torch.rand(2, 1, 16, 16)).isnan().any()
