"""How near is near enough: the record of a threshold that was fitted to one's own gallery, and what holds until then."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kenali.errors import KenaliError


@dataclass(frozen=True, slots=True)
class Rate:
    """A share in 0..1 with its 95 % interval, and how many independent trials would tell as much (`effective`)."""

    value: float
    low: float
    high: float
    effective: float


@dataclass(frozen=True, slots=True)
class Operating:
    """A threshold on the L2 distance of unit vectors (0..2) what it does, and on how many comparisons that rests."""

    threshold: float
    far: Rate
    frr: Rate
    impostor: int
    genuine: int


@dataclass(frozen=True, slots=True)
class ThresholdRecord:
    """Thresholds for a wished false acceptance rate (`far`), and the gallery and embedder that they were fitted to.

    `identify` is for a photo against a person's enrolments, `verify` for two photos. `strangers` is the share of strangers
    whom a gallery of so many `persons` would give a name.
    """

    far: float
    identify: Operating
    verify: Operating
    strangers: Rate
    persons: int
    photos: int
    embedder_sha256: str
    fitted: str

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, as the gallery keeps them."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ThresholdRecord:
        """Raises KenaliError for what is no such record."""
        try:
            parts = {name: _operating(values[name]) for name in ("identify", "verify")}
            return cls(**(values | parts | {"strangers": Rate(**values["strangers"])}))
        except (KeyError, TypeError):
            raise KenaliError("the gallery's threshold cannot be read: fit it again with  kenali faces threshold") from None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Up to which distance a face is accepted as a person's (`identify`) and two photos as one person's (`verify`).

    `fitted` says whether they come from the owner's gallery.
    """

    identify: float
    verify: float
    fitted: bool = False


DEFAULTS = Thresholds(identify=0.36, verify=0.40)
"""For Kenali's own embedder, until the owner fits some: strict, for no stranger of `benchmarks/faces.py` is named by them."""


def thresholds_for(record: dict[str, Any] | None, embedder_sha256: str, own_embedder: bool, given: float | None) -> Thresholds:
    """The thresholds to use: the one `given`, else the gallery's, else the defaults of Kenali's own embedder.

    Raises KenaliError for a record of another embedder, and where there is nothing to go by.
    """
    if given is not None:
        if not 0 < given <= 2:
            raise KenaliError(f"a threshold is a distance between 0 and 2, not {given:g}")
        return Thresholds(given, given)
    if record is not None:
        known = ThresholdRecord.from_json(record)
        if known.embedder_sha256 != embedder_sha256:
            raise KenaliError("the gallery's threshold was fitted to another embedder: run  kenali faces threshold  again")
        return Thresholds(known.identify.threshold, known.verify.threshold, fitted=True)
    if not own_embedder:
        raise KenaliError("nothing is known of your embedder's distances: run  kenali faces threshold  or give --threshold")
    return DEFAULTS


def _operating(values: dict[str, Any]) -> Operating:
    return Operating(**(values | {name: Rate(**values[name]) for name in ("far", "frr")}))
