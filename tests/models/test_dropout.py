"""Dropout that draws 16 bits a number."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("shape", [(7,), (33, 129), (4, 6, 15, 15)])
@pytest.mark.parametrize("p", [0.2, 0.5])
def test_drops_the_share_and_keeps_the_mean(shape: tuple[int, ...], p: float) -> None:
    from kenali.models.dropout import Dropout

    torch.manual_seed(0)
    values = torch.ones(shape)
    if len(shape) == 4:
        values = values.to(memory_format=torch.channels_last)
    values.requires_grad_()
    dropped = Dropout(p)(values)
    kept = dropped[dropped != 0]
    assert torch.allclose(kept, torch.full_like(kept, 1 / (1 - p)))
    n = values.numel()
    assert abs(float((dropped == 0).sum()) - p * n) <= 4 * (p * (1 - p) * n) ** 0.5
    assert dropped.stride() == values.stride()
    dropped.sum().backward()
    assert torch.equal(values.grad, dropped.detach())


def test_follows_the_seed_and_rests_when_judging() -> None:
    from kenali.models.dropout import Dropout

    layer, values = Dropout(0.5), torch.rand(50, 50)
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(layer(values))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert torch.equal(layer.eval()(values), values)
    assert torch.equal(Dropout(0.0)(values), values)


def test_every_place_is_dropped_alike() -> None:
    from kenali.models.dropout import Dropout

    torch.manual_seed(0)
    layer = Dropout(0.3)
    share = torch.stack([layer(torch.ones(64)) == 0 for _ in range(4000)]).float().mean(0)
    assert (share - 0.3).abs().max() < 0.035
