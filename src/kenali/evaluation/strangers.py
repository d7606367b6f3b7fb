"""Photos of classes that a bundle does not know: how many of them it calls unknown, as it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kenali.evaluation.metrics import wilson
from kenali.types import Predictions, Proportion


@dataclass(frozen=True, slots=True)
class StrangeClass:
    """The photos of one class that the bundle does not know, how many it calls unknown, and what it mostly names the rest."""

    name: str
    unknown: Proportion
    mostly: str | None


@dataclass(frozen=True, slots=True)
class Strangers:
    """The share of strangers' photos that is called unknown, why, and class by class, the least recognised first."""

    unknown: Proportion
    novel: int
    ambiguous: int
    classes: tuple[StrangeClass, ...]


def strangers(predictions: Predictions, names: Sequence[str]) -> Strangers | None:
    """What a bundle makes of photos of the classes `names` (n,), none of which it knows; None without photos."""
    if not names:
        return None
    reasons, given = predictions.reasons, [predictions.class_names[label] for label in predictions.labels]
    told = list(zip(names, reasons, given, strict=True))

    def one(name: str) -> StrangeClass:
        own = [(reason, named) for true, reason, named in told if true == name]
        wrong = Counter(named for reason, named in own if reason is None)
        mostly = wrong.most_common(1)[0][0] if wrong else None
        return StrangeClass(name, wilson(sum(reason is not None for reason, _ in own), len(own)), mostly)

    turned_away = sum(reason is not None for reason in reasons)
    return Strangers(
        unknown=wilson(turned_away, len(names)),
        novel=reasons.count("novel"),
        ambiguous=reasons.count("ambiguous"),
        classes=tuple(sorted((one(name) for name in dict.fromkeys(names)), key=lambda row: row.unknown.value)),
    )
