"""Dynamic augmentation: what happens to a training photo anew in each epoch, through torchvision's transforms v2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kenali.training.choices import Augmentation


def augmenter(chosen: Augmentation) -> Callable[[Any], Any] | None:
    """A function from a photo float32 (c, h, w) in 0..1 to an altered one, or None where nothing is asked for.

    Draws from PyTorch's random numbers. Corners that a turn or shift uncovers repeat nothing: they are black.
    """
    from torchvision.transforms import v2

    steps: list[Any] = []
    if chosen.mirror:
        steps.append(v2.RandomHorizontalFlip())
    if chosen.upside_down:
        steps.append(v2.RandomVerticalFlip())
    if chosen.rotation or chosen.shift or chosen.shear or chosen.zoom:
        affine = v2.RandomAffine(
            degrees=chosen.rotation,
            translate=(chosen.shift, chosen.shift),
            scale=(1 - chosen.zoom, 1 + chosen.zoom),
            shear=chosen.shear or None,
            interpolation=v2.InterpolationMode.BILINEAR,
        )
        steps.append(affine)
    if chosen.brightness != (1.0, 1.0) or chosen.contrast != (1.0, 1.0):
        steps.append(v2.ColorJitter(brightness=chosen.brightness, contrast=chosen.contrast))
    return v2.Compose(steps) if steps else None
