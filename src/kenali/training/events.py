"""What a training run tells while it goes on; progress bars, logs and reports consume it."""

from __future__ import annotations

from dataclasses import dataclass

from kenali.types import EpochEnd


@dataclass(frozen=True, slots=True)
class BatchEnd:
    """One step of an epoch is done. `loss` is the batch's; `mean_loss` and `accuracy` are those of the epoch so far."""

    epoch: int
    step: int
    steps: int
    loss: float
    mean_loss: float
    accuracy: float
    images_per_s: float


Event = BatchEnd | EpochEnd
