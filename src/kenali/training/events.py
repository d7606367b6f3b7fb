"""What a training run tells while it goes on; progress bars, logs and reports consume it."""

from __future__ import annotations

from dataclasses import dataclass

from kenali.types import EpochEnd


@dataclass(frozen=True, slots=True)
class BatchEnd:
    """One step of an epoch is done; `loss` is the batch's."""

    epoch: int
    step: int
    steps: int
    loss: float


Event = BatchEnd | EpochEnd
