"""A few of the user's own training photos, altered in each way that a recipe may alter them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from PIL import Image, ImageOps

from kenali.errors import KenaliError, MissingExtra
from kenali.evaluation.augmented import AugmentationSheet, DynamicKind, Mixed, Sample
from kenali.images import decode
from kenali.parallel import map_in_order
from kenali.photos.pick import round_robin
from kenali.training.choices import Augmentation, Range, Recipe, StaticCopies
from kenali.training.copies import copies_of, kinds_on
from kenali.types import Photo, PhotoSet

_PHOTOS = 6
_SIDE = 208  # the long side of a picture in pixels: twice what the page gives it, for sharp screens
_FULL_CIRCLE = 150.0  # degrees; from here on the end of the range would hide the corners that a turn uncovers
_TELLING_TURN = 135.0

Alter = Callable[[Image.Image], Any]  # torchvision has no types; an image in its turn
Example = tuple[DynamicKind, Alter]


def augmentation_sheet(
    title: str, recipe: Recipe, dynamic: Augmentation, statics: StaticCopies, photoset: PhotoSet, photos: Sequence[Photo]
) -> AugmentationSheet:
    """Six of `photos` or fewer, the classes in turn: each dynamic kind alone at the end of its range, and the static copies.

    Raises KenaliError where the recipe alters nothing, and MissingExtra where torchvision is needed and missing.
    """
    if not kinds_on(statics):
        statics = StaticCopies()
    mixing = [(kind, getattr(dynamic, kind)) for kind in ("mixup", "cutmix") if getattr(dynamic, kind)]
    examples = _examples(dynamic, recipe.seed) if dynamic != Augmentation() else []
    if not (examples or mixing or statics.copies):
        raise KenaliError(
            f"the recipe {recipe.name!r} alters no photo: it has neither an [augmentation] nor a [copies] table; "
            "try --recipe tyres, or see docs/augment.md"
        )

    def show(photo: Photo) -> tuple[Sample, Image.Image]:
        image = decode(photoset.source.read(photo.path), min_side=_SIDE).image
        image.thumbnail((_SIDE, _SIDE), Image.Resampling.BILINEAR)
        copies = copies_of(image, statics, recipe.seed, photo.sha256)
        sample = Sample(
            path=photo.path,
            class_name=photoset.class_names[photo.label],
            original=_jpeg(image),
            dynamic=tuple(_jpeg(alter(image)) for _, alter in examples),
            copies=tuple((copy.kind, copy.value, _jpeg(copy.image)) for copy in copies),
        )
        return sample, image

    # One after the other: RandAugment draws from PyTorch's one stream of random numbers.
    shown = list(map_in_order(show, round_robin(photos, _PHOTOS), workers=1))
    return AugmentationSheet(
        title=title,
        recipe=recipe.name,
        kinds=tuple(kind for kind, _ in examples),
        copies=statics.copies,
        samples=tuple(sample for sample, _ in shown),
        mixed=_mixed(shown, mixing) if mixing and len(shown) > 1 else None,
    )


def _examples(chosen: Augmentation, seed: int) -> list[Example]:
    """Each kind of a single photo that is on, and a function that applies it alone, at the end of its range."""
    try:
        import torch
        from torchvision.transforms import v2
    except ImportError as error:
        raise MissingExtra("showing dynamic augmentation", "train", error) from error
    change = v2.functional

    def affine(**moved: Any) -> Alter:
        still: dict[str, Any] = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0]}
        return lambda image: change.affine(image, **(still | moved), interpolation=v2.InterpolationMode.BILINEAR)

    def shift(image: Image.Image) -> Any:
        by = [round(chosen.shift * side) for side in image.size]
        return affine(translate=by)(image)

    def crop(image: Image.Image) -> Any:
        width, height = (max(1, round(side * chosen.crop**0.5)) for side in image.size)
        top, left = (image.height - height) // 2, (image.width - width) // 2
        return change.resized_crop(image, top, left, height, width, size=[image.height, image.width])

    def rand_augment(image: Image.Image) -> Any:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return v2.RandAugment(num_ops=chosen.rand_augment)(image)

    def erase(image: Image.Image) -> Any:
        width, height = (round(side * 0.33**0.5) for side in image.size)  # a third of the area, the most that is erased
        pixels = v2.functional.pil_to_tensor(image)
        erased = change.erase(pixels, image.height // 3, image.width // 3, height, width, torch.zeros(1, 1, 1))
        return change.to_pil_image(erased)

    turn = chosen.rotation if chosen.rotation < _FULL_CIRCLE else _TELLING_TURN
    ranges = {name: getattr(chosen, name) for name in ("brightness", "contrast", "saturation")}
    colours = [(name, factors, _far_end(factors)) for name, factors in ranges.items()]
    percent = {name: round(100 * getattr(chosen, name), 2) for name in ("crop", "shift", "zoom", "hue", "erase")}
    every: list[tuple[bool, DynamicKind, Alter]] = [
        (chosen.crop < 1, DynamicKind("crop", high=percent["crop"], unit="%", shown=percent["crop"]), crop),
        (chosen.rotation > 0, DynamicKind("rotation", high=chosen.rotation, unit="°", shown=turn), affine(angle=turn)),
        (chosen.shift > 0, DynamicKind("shift", high=percent["shift"], unit="%", shown=percent["shift"]), shift),
        (
            chosen.shear > 0,
            DynamicKind("shear", high=chosen.shear, unit="°", shown=chosen.shear),
            affine(shear=[chosen.shear, 0.0]),
        ),
        (
            chosen.zoom > 0,
            DynamicKind("zoom", high=percent["zoom"], unit="%", shown=-percent["zoom"]),
            affine(scale=1 - chosen.zoom),
        ),
        (chosen.mirror, DynamicKind("mirror"), change.horizontal_flip),
        (chosen.upside_down, DynamicKind("upside_down"), change.vertical_flip),
        *(
            (
                (low, high) != (1.0, 1.0),
                DynamicKind(name, low, high, "×", end),
                lambda image, name=name, end=end: getattr(change, f"adjust_{name}")(image, end),
            )
            for name, (low, high), end in colours
        ),
        (
            chosen.hue > 0,
            DynamicKind("hue", high=percent["hue"], unit="%", shown=percent["hue"]),
            lambda image: change.adjust_hue(image, chosen.hue),
        ),
        (chosen.rand_augment > 0, DynamicKind("rand_augment", high=chosen.rand_augment, drawn=True), rand_augment),
        (chosen.erase > 0, DynamicKind("erase", high=percent["erase"], drawn=True), erase),
    ]
    return [(kind, alter) for on, kind, alter in every if on]


def _far_end(factors: Range) -> float:
    """The end of a range of factors that changes more."""
    low, high = factors
    return low if 1 - low > high - 1 else high


def _mixed(shown: Sequence[tuple[Sample, Image.Image]], mixing: Sequence[tuple[str, float]]) -> Mixed:
    """The first photo and one of another class where there is one, mixed half and half."""
    (first, one), *rest = shown
    second, other = next((pair for pair in rest if pair[0].class_name != first.class_name), rest[0])
    side = min(*one.size, *other.size)
    one, other = (ImageOps.fit(image, (side, side), Image.Resampling.BILINEAR) for image in (one, other))
    pasted = one.copy()
    cut = round(side * 0.5**0.5)
    pasted.paste(other.crop((0, 0, cut, cut)), (side - cut, side - cut))
    pictures = {"mixup": Image.blend(one, other, 0.5), "cutmix": pasted}
    return Mixed(first, second, tuple((kind, alpha, _jpeg(pictures[kind])) for kind, alpha in mixing))


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
