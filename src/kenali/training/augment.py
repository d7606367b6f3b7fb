"""Dynamic augmentation: what happens to a training photo anew in each epoch, through torchvision's transforms v2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kenali.training.choices import Augmentation

PhotoAugment = Callable[[Any], Any]
BatchAugment = Callable[[Any, Any], tuple[Any, Any]]


def augmenter(chosen: Augmentation, side: tuple[int, int]) -> PhotoAugment | None:
    """A function from a photo uint8 (c, h, w) to an altered one of `side` (height, width); None where nothing is asked for.

    Draws from PyTorch's random numbers. Corners that a turn or shift uncovers are black. Only with random crops may
    a photo be of another size than `side`, and is resized to it.
    """
    from torchvision.transforms import v2

    steps: list[Any] = []
    if chosen.crop < 1:
        steps.append(v2.RandomResizedCrop(side, scale=(chosen.crop, 1.0), antialias=True))
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
    colours = {"brightness": chosen.brightness, "contrast": chosen.contrast, "saturation": chosen.saturation}
    wanted: dict[str, Any] = {name: factors for name, factors in colours.items() if factors != (1.0, 1.0)}
    if chosen.hue:
        wanted["hue"] = chosen.hue
    if wanted:
        steps.append(v2.ColorJitter(**wanted))
    if chosen.rand_augment:
        steps.append(v2.RandAugment(num_ops=chosen.rand_augment, interpolation=v2.InterpolationMode.BILINEAR))
    if chosen.erase:
        steps.append(v2.RandomErasing(p=chosen.erase))
    return v2.Compose(steps) if steps else None


def batch_augmenter(chosen: Augmentation, n_classes: int) -> BatchAugment | None:
    """A function that mixes pixels (b, c, h, w) and, in proportion, labels (b,), which become shares (b, k); or None."""
    from torchvision.transforms import v2

    mixes: list[Any] = []
    if chosen.mixup:
        mixes.append(v2.MixUp(alpha=chosen.mixup, num_classes=n_classes))
    if chosen.cutmix:
        mixes.append(v2.CutMix(alpha=chosen.cutmix, num_classes=n_classes))
    if not mixes:
        return None
    mix: BatchAugment = v2.RandomChoice(mixes) if len(mixes) > 1 else mixes[0]
    return mix
