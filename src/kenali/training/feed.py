"""Batches of photos on their way to a network, altered at random, a process's own share of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kenali.training.augment import PhotoAugment
from kenali.training.pixels import PixelSet
from kenali.training.team import Share, Team
from kenali.types import IntArray, Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Of a batch with `labels` (n,) this process's rows, as `pixels` uint8 (b, c, h, w).

    `lead` rows come before them, the last of all before the first: what mixes photos takes each and the one before.
    """

    pixels: Any
    labels: Any
    share: Share
    lead: int = 0

    @property
    def shown(self) -> Any:
        """The labels (b,) of `pixels`."""
        return self.labels[_rows(self.share, self.lead)]


def batches(
    photos: PixelSet,
    order: IntArray,
    size: int,
    augment: PhotoAugment | None = None,
    *,
    seed: Sequence[int] = (0,),
    team: Team | None = None,
    mixed: bool = False,
) -> Iterator[Batch]:
    """The photos in `order`, `size` at a time; of each batch the process's own rows, led by one more if rows are `mixed`.

    What `augment` draws for a photo follows from `seed` and its place in the order alone, whoever works on it.
    """
    import torch

    team = team or Team()
    draws = np.random.SeedSequence(list(seed)).generate_state(len(order)) if augment else None
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        share = team.share(len(chosen))
        lead = int(mixed and share.divided)
        rows = _rows(share, lead)
        pixels = planes(photos.pixels[chosen[rows]])
        if augment is not None and draws is not None:
            pixels = _altered(pixels, augment, draws[start + rows])
        yield Batch(pixels, torch.from_numpy(photos.labels[chosen]), share, lead)


def planes(pixels: Pixels) -> Any:
    """uint8 (n, h, w, c) seen as (n, c, h, w), without a copy."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2)


def _rows(share: Share, lead: int) -> IntArray:
    return np.arange(share.start - lead, share.stop) % share.total


def _altered(pixels: Any, augment: PhotoAugment, draws: np.ndarray[Any, Any]) -> Any:
    """Each photo altered by random numbers of its own; whatever else draws goes on as if nothing had been drawn."""
    import torch

    generator = torch.default_generator
    state = generator.get_state()
    try:
        altered = []
        for photo, draw in zip(pixels, draws.tolist(), strict=True):
            generator.manual_seed(draw)
            altered.append(augment(photo))
    finally:
        generator.set_state(state)
    return torch.stack(altered)
