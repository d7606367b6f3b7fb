"""`kenali.json`: what a bundle holds and how its numbers are to be read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

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


class Thresholds(_Part):
    """Limits beyond which a prediction is `unknown`; None where the bundle sets none."""

    novelty: float | None = None
    ambiguous: float | None = None
    reject: float | None = None


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
