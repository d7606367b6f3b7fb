"""`kenali.json`: what a bundle holds and how its numbers are to be read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kenali.doubt import Limits
from kenali.errors import KenaliError
from kenali.types import Preprocessing

FORMAT: Literal[1] = 1
MANIFEST_NAME = "kenali.json"


class _Part(BaseModel):
    """Readers of format 1 ignore keys they do not know, so that later versions may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Calibration(_Part):
    """How logits become probabilities: softmax(logits / temperature)."""

    method: str = "none"
    temperature: float = Field(default=1.0, gt=0)


class RateLimits(_Part):
    """Limits that turn away the share `reject` of photos of the bundle's own kind: see `Limits`."""

    reject: float = Field(ge=0, lt=1)
    novelty: float | None = None
    ambiguous: float | None = None


class Thresholds(_Part):
    """Limits beyond which a prediction is `unknown`; None where the bundle sets none.

    They turn away the share `reject` of photos like the `held_out` ones that they were fitted on; `choices` are the limits
    for other shares.
    """

    novelty: float | None = None
    ambiguous: float | None = None
    reject: float | None = None
    held_out: int = Field(default=0, ge=0)
    choices: tuple[RateLimits, ...] = ()

    def limits(self, reject: float | None = None) -> Limits:
        """The bundle's own limits, or those of another rate, 0 for none. Raises KenaliError for a rate it has no limits for."""
        if reject is None:
            return Limits(self.novelty, self.ambiguous)
        if reject == 0:
            return Limits()
        for choice in self.choices:
            if abs(choice.reject - reject) < 1e-9:
                return Limits(choice.novelty, choice.ambiguous)
        known = ", ".join(f"{100 * choice.reject:g}%" for choice in self.choices)
        if not known:
            raise KenaliError("this bundle has no limits for unknown photos: none were held out when it was trained")
        raise KenaliError(f"this bundle has no limits for a rate of {100 * reject:g}%: choose one of 0%, {known}")


class Sets(_Part):
    """Prediction sets: a class belongs to a photo's set from probability `least`; they hold the truth with `coverage`."""

    coverage: float = Field(gt=0, lt=1)
    least: float = Field(ge=0, le=1)


class Golden(_Part):
    """How many golden photos the bundle holds, and whether they are the owner's photographs or drawn."""

    count: int = Field(default=0, ge=0, le=16)
    photographed: bool = False


class FileRecord(_Part):
    """Checksum and size of one file of the bundle."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class Manifest(_Part):
    """The whole of `kenali.json`. `outputs` names what the graph gives; `files` lists every other file of the bundle."""

    format: Literal[1] = FORMAT
    name: str
    class_names: tuple[str, ...] = Field(min_length=1)
    preprocessing: Preprocessing
    calibration: Calibration = Calibration()
    thresholds: Thresholds = Thresholds()
    sets: Sets | None = None
    outputs: tuple[str, ...] = ("logits",)
    golden: Golden = Golden()
    parameters: int = Field(default=0, ge=0)
    provenance: dict[str, Any] = Field(default_factory=dict)
    files: dict[str, FileRecord] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _class_names_differ(self) -> Manifest:
        if len(set(self.class_names)) != len(self.class_names):
            raise ValueError(f"class names must differ, got {list(self.class_names)}")
        return self
