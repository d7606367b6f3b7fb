"""How a classifier shows doubt: photos that it calls unknown, and sets of the classes that it cannot exclude."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Reason = Literal["novel", "ambiguous"]

UNKNOWN = "unknown"
"""What is answered in place of a name: of photos, frames and faces."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A photo is unknown when its novelty lies above `novelty`, or its largest probability below `ambiguous`.

    None sets no limit. A photo beyond both limits is called novel: where a photo is of another kind, its probabilities
    say nothing.
    """

    novelty: float | None = None
    ambiguous: float | None = None

    def reasons(
        self, probs: npt.NDArray[np.float32], novelty: npt.NDArray[np.float32] | None = None
    ) -> tuple[Reason | None, ...]:
        """Why each photo is unknown, None for those that are not: probabilities (n, k), novelty (n,) where there is one."""
        unsure = probs.max(axis=1) < (0.0 if self.ambiguous is None else self.ambiguous)
        strange = np.zeros(len(probs), bool)
        if novelty is not None and self.novelty is not None:
            strange = novelty > self.novelty
        return tuple(
            "novel" if new else "ambiguous" if vague else None
            for new, vague in zip(strange.tolist(), unsure.tolist(), strict=True)
        )


NO_LIMITS = Limits()


def prediction_sets(probs: npt.NDArray[np.float32], least: float) -> npt.NDArray[np.bool_]:
    """Which classes belong to each photo's set, (n, k): those with probability `least` or more, and always the likeliest."""
    inside: npt.NDArray[np.bool_] = probs >= least
    inside[np.arange(len(probs)), probs.argmax(axis=1)] = True
    return inside
