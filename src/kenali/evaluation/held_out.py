"""Answers to photos that the answering model had not learned from: what every threshold is fitted on."""

from __future__ import annotations

from dataclasses import dataclass

from kenali.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Held-out photos with what was answered: `logits` (n, k) as the network gives them, `labels` (n,).

    `fold` (n,) divides the photos with their groups whole, so that what is fitted on some folds can be measured on
    another; at least two. `novelty` (n,) was scored without the photo's own fold; None where the model has no such score.
    """

    logits: FloatArray
    labels: IntArray
    fold: IntArray
    novelty: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.labels)
