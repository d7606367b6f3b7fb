"""What a careless split of the same photos would have claimed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kenali.evaluation.paired import Difference
from kenali.types import Proportion

SHOWN = 12


@dataclass(frozen=True, slots=True)
class LeakedPair:
    """A test photo of a careless split, and the training photo of its group that is most like it.

    `similarity` is the cosine of their features.
    """

    test: str
    train: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Leakage:
    """Accuracy on a careless split, photo by photo with all copies, and on the careful one that keeps groups whole.

    Both are means over `draws` draws; their intervals count each photo once. `flattery` is the careless accuracy less
    the careful one. `leaked` of the `tested` photos of a careless test part, on average, have a photo of their group among
    the training photos; `pairs` are those of the first draw, the most alike first.
    """

    naive: Proportion
    safe: Proportion
    flattery: Difference
    draws: int
    tested: float
    leaked: float
    pairs: tuple[LeakedPair, ...]

    @property
    def shown(self) -> tuple[LeakedPair, ...]:
        """The pairs that a report shows."""
        return self.pairs[:SHOWN]

    def as_json(self) -> dict[str, Any]:
        """The key `leakage` of metrics.json."""
        return {
            "naive": asdict(self.naive),
            "safe": asdict(self.safe),
            "difference": asdict(self.flattery),
            "draws": self.draws,
            "leaked_share": self.leaked / self.tested,
            "pairs": len(self.pairs),
        }
