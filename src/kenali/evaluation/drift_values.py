"""What a comparison of new photos with a bundle's own finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ALARM_RATE = 0.01
"""How often photos of the same kind are called changed."""

LEAST = 0.1
"""Distances below this matter to nobody, however sure they are."""

LEAST_UNKNOWN = 0.03
"""The same for the share of photos that are called unknown."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
WORSE = {"unknown": 1, "confidence": 1, "novelty": -1}
"""What is measured of the answers, and the sign of the gap in cumulative shares, new minus old, that is for the worse."""


@dataclass(frozen=True, slots=True)
class Change:
    """One measure, then (the reference, in the new photos' mix of classes) and now.

    `then` and `now` are the quantiles `QUANTILES` of a number, or the shares of `kinds`. `distance` lies in 0..1; photos of
    the same kind stay below `chance` in 99 of 100 comparisons, all measures together; `p_value` is adjusted likewise. Of the
    answers only a distance for the worse counts.
    """

    name: str
    then: tuple[float, ...]
    now: tuple[float, ...]
    distance: float
    chance: float
    p_value: float
    kinds: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether it is more than chance, and more than a trifle."""
        return self.p_value <= ALARM_RATE and self.distance >= (LEAST_UNKNOWN if self.name == "unknown" else LEAST)

    @property
    def rise(self) -> float:
        """How far the middle has moved; for `unknown`, how much the share has grown."""
        return self.now[0] - self.then[0] if self.name == "unknown" else self.now[2] - self.then[2] if not self.kinds else 0.0


@dataclass(frozen=True, slots=True)
class Mix:
    """The shares of the classes as they were answered, then and now; `p_value` of a permutation test of their distance."""

    then: tuple[float, ...]
    now: tuple[float, ...]
    distance: float
    p_value: float

    @property
    def found(self) -> bool:
        return self.p_value <= ALARM_RATE and self.distance >= LEAST


@dataclass(frozen=True, slots=True)
class Drift:
    """New photos beside a bundle's own: `n` of them were compared with `reference_n`, of `total` that there were.

    `expected_right` is the mean confidence, then and now: the share that the bundle itself expects to be right on
    (D. Guillory and others, "Predicting with confidence on unseen distributions", ICCV 2021).
    """

    n: int
    total: int
    reference_n: int
    origin: str
    changes: tuple[Change, ...]
    mix: Mix
    class_names: tuple[str, ...]
    expected_right: tuple[float, float] | None

    @property
    def found(self) -> tuple[Change, ...]:
        """What has changed, the answers first."""
        return tuple(sorted((one for one in self.changes if one.found), key=lambda one: one.name not in WORSE))

    @property
    def verdict(self) -> str:
        """`answers` where the answers have changed, `photos` where the photos alone have, else `none`."""
        names = {one.name for one in self.found}
        return "answers" if names & set(WORSE) else "photos" if names else "none"

    def as_json(self) -> dict[str, Any]:
        return {
            "format": 1,
            "verdict": self.verdict,
            "photos": self.n,
            "photos_in_all": self.total,
            "reference_photos": self.reference_n,
            "reference": self.origin,
            "alarm_rate": ALARM_RATE,
            "expected_right": None if self.expected_right is None else [round(one, 4) for one in self.expected_right],
            "changes": [_change_json(one) for one in self.changes],
            "classes": {
                "changed": self.mix.found,
                "distance": round(self.mix.distance, 4),
                "p_value": self.mix.p_value,
                "then": {name: round(x, 4) for name, x in zip(self.class_names, self.mix.then, strict=True)},
                "now": {name: round(x, 4) for name, x in zip(self.class_names, self.mix.now, strict=True)},
            },
        }


def _change_json(one: Change) -> dict[str, Any]:
    keys = one.kinds or tuple(f"{100 * share:g}%" for share in QUANTILES)
    return {
        "measure": one.name,
        "changed": one.found,
        "distance": round(one.distance, 4),
        "chance": round(one.chance, 4),
        "p_value": one.p_value,
        "then": {key: float(f"{value:.4g}") for key, value in zip(keys, one.then, strict=True)},
        "now": {key: float(f"{value:.4g}") for key, value in zip(keys, one.now, strict=True)},
    }


@dataclass(frozen=True, slots=True)
class Strange:
    """A new photo with its novelty, its most probable class, and a JPEG of its thumbnail."""

    path: str
    novelty: float
    label: str
    thumb: bytes


@dataclass(frozen=True, slots=True)
class DriftResult:
    """A comparison, what was left out of it by reason (`learned`, `alike`, `unreadable`, `others`), and the strangest photos.

    `partly` says that the bundle is too old to tell how its photos looked.
    """

    title: str
    drift: Drift
    left_out: dict[str, int]
    partly: bool
    strangest: tuple[Strange, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return {"model": self.title, **self.drift.as_json(), "left_out": self.left_out, "answers_only": self.partly}
