"""What a comparison of two bundles found, and how it is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from kenali.evaluation.paired import Difference
from kenali.evaluation.words import Words
from kenali.photos.listing import csv_text
from kenali.types import Notice, Proportion

FORMAT = 1
_TINY = 1e-4
LEVEL = 0.05
"""Below this p-value a difference counts as shown."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two bundles, and how it did: `brier` lies in 0..2, `log_loss` is the mean of -ln p(true class)."""

    name: str
    accuracy: Proportion
    brier: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Differing:
    """A photo that the two bundles name differently, with the answer and confidence of each."""

    path: str
    true: str
    a: str
    a_confidence: float
    b: str
    b_confidence: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two bundles on the same photos.

    Photos count by who is right: `both`, `only_a`, `only_b`, `neither`. Differences are B less A: of accuracy, where more
    is better, of Brier score and log-loss, where less is. `p_value` is that of the exact paired test of accuracy (see
    `paired.sign_flip_p`), and `verdict` names the better side, or none where it is not below .05. `photos_needed` is None
    where no photo differs. `groups` is how many independent photos or groups of photos there are.
    """

    a: Side
    b: Side
    both: int
    only_a: int
    only_b: int
    neither: int
    groups: int
    accuracy: Difference
    brier: Difference
    log_loss: Difference
    p_value: float
    photos_needed: int | None
    differing: tuple[Differing, ...]
    alarms: tuple[Notice, ...] = ()

    @property
    def n(self) -> int:
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def verdict(self) -> Literal["a", "b", "none"]:
        if self.p_value >= LEVEL:
            return "none"
        return "b" if self.only_b > self.only_a else "a"

    def headline(self, words: Words) -> str:
        """The answer in one sentence."""
        if self.verdict == "none":
            return words("compare_none", n=self.n)
        better, worse = (self.b, self.a) if self.verdict == "b" else (self.a, self.b)
        return words(
            "compare_better",
            side=self.verdict.upper(),
            name=better.name,
            value=better.accuracy.value,
            other=worse.accuracy.value,
            n=self.n,
        )

    def sentences(self, words: Words) -> tuple[str, ...]:
        """What the answer rests on: the counts, the difference, chance, and what it would take to know more."""
        gap = self.accuracy
        told = [
            words("compare_counts", n=self.n, both=self.both, a=self.only_a, b=self.only_b, neither=self.neither),
            words("compare_gap", value=words.points(gap.value), low=words.points(gap.low), high=words.points(gap.high)),
        ]
        if self.only_a != self.only_b:
            told.append(words("compare_chance", p=_chance(self.p_value, words)))
        if self.verdict != "none":
            return tuple(told)
        if gap.low > 0 or gap.high < 0:
            told.append(words("compare_narrow"))
        if self.brier.low > 0 or self.brier.high < 0:
            told.append(words("compare_probabilities", side="A" if self.brier.low > 0 else "B"))
        if self.photos_needed is None:
            told.append(words("compare_same"))
        else:
            about = int(float(f"{self.photos_needed:.2g}"))
            told.append(words("compare_needed" if gap.value else "compare_needed_point", n=about))
        return tuple(told)

    def as_json(self) -> dict[str, Any]:
        """The document that `kenali compare --json` prints; the page's photos are in differences.csv."""
        return {
            "format": FORMAT,
            "a": asdict(self.a),
            "b": asdict(self.b),
            "photos": {
                "total": self.n,
                "groups": self.groups,
                "both_right": self.both,
                "only_a_right": self.only_a,
                "only_b_right": self.only_b,
                "both_wrong": self.neither,
                "differing": len(self.differing),
            },
            "difference": {
                "accuracy": asdict(self.accuracy),
                "brier": asdict(self.brier),
                "log_loss": asdict(self.log_loss),
            },
            "p_value": self.p_value,
            "verdict": self.verdict,
            "photos_needed": self.photos_needed,
            "alarms": [asdict(alarm) | {"evidence": list(alarm.evidence)} for alarm in self.alarms],
        }


def _chance(p_value: float, words: Words) -> str:
    return words.brief(float(f"{p_value:.2g}")) if p_value >= _TINY else f"< {words.brief(_TINY)}"


def by_who_is_right(differing: tuple[Differing, ...]) -> dict[str, list[Differing]]:
    """The photos that get two names, by the bundle that names them rightly: `only_b`, `only_a`, `neither`."""
    found: dict[str, list[Differing]] = {"only_b": [], "only_a": [], "neither": []}
    for one in differing:
        found["only_a" if one.a == one.true else "only_b" if one.b == one.true else "neither"].append(one)
    return found


def differences_csv(comparison: Comparison) -> str:
    """One line for each photo that gets two names: path, true, a, a_confidence, b, b_confidence."""
    header = ("path", "true", "a", "a_confidence", "b", "b_confidence")
    rows = (
        (one.path, one.true, one.a, f"{one.a_confidence:.6g}", one.b, f"{one.b_confidence:.6g}") for one in comparison.differing
    )
    return csv_text(header, rows)
