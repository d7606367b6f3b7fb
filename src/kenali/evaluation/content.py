"""What a report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kenali.errors import KenaliError
from kenali.evaluation.alarms import PartCounts
from kenali.evaluation.calibration import CalibrationScore
from kenali.evaluation.conformal import SetScore
from kenali.evaluation.leakage import Leakage
from kenali.evaluation.looks import Looks
from kenali.evaluation.rejection import Rejection
from kenali.evaluation.shortcuts import Shortcut
from kenali.evaluation.strangers import Strangers
from kenali.evaluation.subgroups import Subgroups
from kenali.types import Contest, EpochEnd, IntArray, Ledger, Metrics, Notice, Photo, Predictions


@dataclass(frozen=True, slots=True, eq=False)
class ReportContent:
    """Everything a report tells.

    `counts` gives the photos of each class in each part (any part may be missing). `metrics`, `photos`, `labels` (n,)
    and `predictions` (n, k) describe the test part in the same order; labels index the predictions' class names.
    `thumbs` maps a photo's path to a JPEG of its thumbnail: see `thumbnails_wanted`. `strengths` are the pairs
    (strength, cross-validated log-loss) among which the head's strength was chosen; `history` the epochs of a network;
    `contest` says how the fast path and fine-tuning compare, `looks` where the model looks, `leakage` what a careless split
    would have claimed, `subgroups` how each source of photos fares, and `shortcuts` what else tells the classes apart.
    `calibration` was measured on held-out photos, `uncalibrated` says that there were none; `rejection` and `sets` were on
    the test part, `strangers` on photos of classes that the bundle does not know. `recipe` is TOML text; `seconds` goes by
    step; `provenance` by what it names. Raises KenaliError where photos, labels and predictions do not match.
    """

    title: str
    counts: PartCounts
    metrics: Metrics | None = None
    cross_validation: Metrics | None = None
    photos: tuple[Photo, ...] = ()
    labels: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    predictions: Predictions | None = None
    thumbs: Mapping[str, bytes] = field(default_factory=dict)
    ledger: Ledger | None = None
    alarms: tuple[Notice, ...] = ()
    strengths: tuple[tuple[float, float], ...] = ()
    history: tuple[EpochEnd, ...] = ()
    contest: Contest | None = None
    calibration: CalibrationScore | None = None
    uncalibrated: bool = False
    rejection: Rejection | None = None
    sets: SetScore | None = None
    strangers: Strangers | None = None
    leakage: Leakage | None = None
    subgroups: Subgroups | None = None
    looks: Looks | None = None
    shortcuts: tuple[Shortcut, ...] = ()
    recipe: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        predicted = 0 if self.predictions is None else len(self.predictions)
        if not len(self.photos) == len(self.labels) == predicted:
            raise KenaliError(
                f"a report needs one label and one prediction for each test photo, got {len(self.photos)} photos, "
                f"{len(self.labels)} labels and {predicted} predictions"
            )


def in_words(provenance: Mapping[str, Any]) -> dict[str, str]:
    """A manifest's provenance as the report shows it: lists and tables on one line, nothing for what is empty."""
    return {name: _on_one_line(value) for name, value in provenance.items() if value not in ([], {}, "", None)}


def _on_one_line(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(part) for part in value)
    return str(value)
