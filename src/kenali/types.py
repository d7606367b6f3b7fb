"""The values that the parts of Kenali hand to one another: frozen, validated, NumPy only."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from kenali.doubt import NO_LIMITS, Limits, Reason
from kenali.errors import KenaliError

Fate = Literal["used", "duplicate", "quarantined"]
Part = Literal["train", "val", "test"]
ContestOutcome = Literal["tuned", "frozen", "nothing-to-gain", "too-short", "too-few", "diverged"]
PARTS: tuple[Part, ...] = ("train", "val", "test")

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
Pixels = npt.NDArray[np.uint8]


class PhotoSource(Protocol):
    """Where the bytes of photos come from: a folder, a ZIP or the files a CSV names."""

    def read(self, path: str) -> bytes:
        """The bytes of the photo at `path`, as the photo's own `path` spells it; OSError when it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Photo:
    """One usable photo of a set.

    `path` is POSIX style and relative to the set's source; `label` indexes the set's class names; `size_px` is (height,
    width) as seen upright. Photos that share a `group` (copies, look-alikes, a declared group) must stay on one side of a
    split. `part` is the part that the owner fixed by a train/val/test folder or CSV column, or None.
    """

    path: str
    label: int
    sha256: str
    size_px: tuple[int, int]
    group: str
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class PhotoSet:
    """The usable photos of one source, in path order, and the names of their classes."""

    photos: tuple[Photo, ...]
    class_names: tuple[str, ...]
    source: PhotoSource = field(compare=False, repr=False)

    def __post_init__(self) -> None:
        if len(set(self.class_names)) != len(self.class_names):
            raise KenaliError(f"class names must differ, got {list(self.class_names)}")
        if any(not 0 <= photo.label < len(self.class_names) for photo in self.photos):
            raise KenaliError("a photo's label lies outside the class names")

    def __len__(self) -> int:
        return len(self.photos)

    @property
    def counts(self) -> dict[str, int]:
        """Photos of each class, in class order."""
        seen = Counter(photo.label for photo in self.photos)
        return {name: seen[label] for label, name in enumerate(self.class_names)}


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What became of one input file. `reason` is a stable code, `detail` a sentence; both empty for a used photo."""

    path: str
    label: str
    fate: Fate
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the owner of the photos should know: a stable `kind`, a sentence, and paths or figures behind it."""

    kind: str
    what: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """One row for each input file, so that the totals reconcile, and the warnings about the photos."""

    rows: tuple[LedgerRow, ...]
    warnings: tuple[Notice, ...] = ()

    def count(self, fate: Fate) -> int:
        return sum(row.fate == fate for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """The document that `kenali check --json` prints."""
        return {
            "total": len(self.rows),
            "used": self.count("used"),
            "duplicate": self.count("duplicate"),
            "quarantined": self.count("quarantined"),
            "rows": [asdict(row) for row in self.rows],
            "warnings": [asdict(warning) for warning in self.warnings],
        }


@dataclass(frozen=True, slots=True)
class Split:
    """Photos divided into parts; no photo and no group stands in two of them."""

    train: tuple[Photo, ...]
    val: tuple[Photo, ...]
    test: tuple[Photo, ...]

    def __post_init__(self) -> None:
        owner: dict[str, str] = {}
        for part, photo in self.items():
            if owner.setdefault(photo.group, part) != part:
                raise KenaliError(
                    f"group {photo.group!r} stands in both {owner[photo.group]} and {part}: "
                    f"{photo.path} would leak from one part into the other"
                )

    def items(self) -> list[tuple[Part, Photo]]:
        """(part, photo) for every photo, part by part."""
        return [(part, photo) for part in PARTS for photo in getattr(self, part)]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a decoded photo becomes the pixels a network sees; part of every bundle.

    `image_size` is (height, width). `resize`: `crop` scales the short side to `image_size / crop_pct` and cuts the
    centre, `squash` ignores the aspect, `letterbox` keeps it on a grey ground. `channels` 3 is RGB, 1 is grey.
    """

    image_size: tuple[int, int] = (224, 224)
    resize: Literal["crop", "squash", "letterbox"] = "crop"
    crop_pct: float = 0.875
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    channels: Literal[1, 3] = 3

    def __post_init__(self) -> None:
        if min(self.image_size) < 1:
            raise KenaliError(f"image_size must be positive (height, width), got {self.image_size}")
        if not 0 < self.crop_pct <= 1:
            raise KenaliError(f"crop_pct must lie in (0, 1], got {self.crop_pct}")


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share of `n` trials with its 95 % interval; `value`, `low` and `high` lie in 0..1."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Predictions:
    """Calibrated probabilities, one row a photo.

    `probs` is float32 (n, k) with rows that sum to one; `novelty` is float32 (n,), larger for stranger photos, or None
    where the bundle holds no novelty score. Beyond the `limits` a photo is unknown.
    """

    probs: FloatArray
    class_names: tuple[str, ...]
    novelty: FloatArray | None = None
    limits: Limits = NO_LIMITS

    def __post_init__(self) -> None:
        if self.probs.ndim != 2 or self.probs.shape[1] != len(self.class_names):
            raise KenaliError(f"probs must be (n, {len(self.class_names)}), got {self.probs.shape}")

    def __len__(self) -> int:
        return len(self.probs)

    @property
    def labels(self) -> IntArray:
        """The most probable class of each photo, (n,)."""
        labels: IntArray = self.probs.argmax(axis=1)
        return labels

    @property
    def reasons(self) -> tuple[Reason | None, ...]:
        """Why each photo is unknown, `novel` or `ambiguous`; None where it is not."""
        return self.limits.reasons(self.probs, self.novelty)

    @property
    def unknown(self) -> npt.NDArray[np.bool_]:
        """Whether each photo lies beyond the limits, (n,)."""
        return np.array([reason is not None for reason in self.reasons], bool)

    def top_k(self, k: int = 5) -> list[list[tuple[str, float]]]:
        """For each photo its `k` most probable (class name, probability), best first."""
        order = np.argsort(-self.probs, axis=1, kind="stable")[:, :k]
        return [[(self.class_names[j], float(row[j])) for j in best] for row, best in zip(self.probs, order, strict=True)]


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """One epoch of training, counted from 1, is done.

    Losses are means over photos, accuracies shares; the validation ones are None without that part.
    """

    epoch: int
    learning_rate: float
    train_loss: float
    train_accuracy: float
    val_loss: float | None = None
    val_accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Contest:
    """Two models judged on the same photos, which neither learned from: the fast path's, and the fine-tuned one.

    `outcome` is `tuned` or `frozen` for the one that ships, or why there was no contest: `nothing-to-gain` (the fast path
    is all but perfect), `too-short` (the budget allows no epoch), `too-few` (a class has too few photos to hold some out) or
    `diverged`. `gain` is the difference of the accuracies with its 95 % interval; the losses are mean log-losses after
    each model's confidence was set right. `epochs` and `blend` say how the fine-tuned one was made, `needed_s` how long
    one epoch takes where the budget was too short. `frozen_test` and `tuned_test` are the accuracies on the test part,
    which decided nothing.
    """

    outcome: ContestOutcome
    frozen: Proportion | None = None
    tuned: Proportion | None = None
    gain: tuple[float, float, float] | None = None  # value, low, high
    losses: tuple[float, float] | None = None  # frozen, tuned
    epochs: int = 0
    blend: float = 0.0
    needed_s: float = 0.0
    frozen_test: Proportion | None = None
    tuned_test: Proportion | None = None


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Precision, recall and F1 of one class, and how many true photos it has."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """How predictions compare with the truth. `confusion_matrix[true][predicted]` counts photos; `ece` lies in 0..1."""

    class_names: tuple[str, ...]
    accuracy: Proportion
    balanced_accuracy: float
    top_k: dict[int, float]
    macro: ClassScore
    weighted: ClassScore
    per_class: dict[str, ClassScore]
    confusion_matrix: tuple[tuple[int, ...], ...]
    ece: float
    brier: float
