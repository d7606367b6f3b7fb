"""What a detector and an embedder expect, for Kenali's own and for those that a user brings: a small TOML file.

    [detector]
    file = "detector.onnx"        # beside the TOML file
    outputs = "faces"             # or "centerface", the outputs of that network

    [embedder]
    file = "arcface.onnx"
    side = 112
    template = "arcface"          # or "dlib", or five points [[x, y], ...] on the chip
    mean = [127.5, 127.5, 127.5]
    scale = 127.5
    licence = "non-commercial research only"

A detector with the outputs `faces` takes one picture float32 (1, 3, h, w) and gives `boxes` (n, 4) as left, top, right, bottom,
`scores` (n,) and `landmarks` (n, 5, 2), in pixels of that picture. An embedder takes chips (n, 3, side, side) and gives
vectors (n, d) as its first output. Both get (pixels - mean) / scale, in the order of `colour`.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from kenali.errors import KenaliError, did_you_mean
from kenali.faces.dlib_network import SIDE
from kenali.faces.networks import DETECTOR, EMBEDDER, graph_of
from kenali.types import FloatArray, Pixels

Point = tuple[float, float]
TEMPLATES: dict[str, tuple[int, tuple[Point, ...]]] = {
    "dlib": (150, ((45.9, 46.8), (103.4, 45.1), (74.0, 78.6), (49.6, 103.0), (99.2, 101.8))),
    "arcface": (112, ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041))),
}
"""For chips of so many pixels, where the five landmarks come to lie."""


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Path | None = None
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = Field(default=1.0, gt=0)
    colour: Literal["RGB", "BGR"] = "RGB"
    licence: str = ""

    def planes(self, pixels: Pixels) -> FloatArray:
        """RGB pixels uint8 (n, h, w, 3) as the network takes them: float32 (n, 3, h, w)."""
        ordered = pixels if self.colour == "RGB" else pixels[..., ::-1]
        planes = np.ascontiguousarray(ordered.transpose(0, 3, 1, 2), dtype=np.float32)
        if any(self.mean):
            planes -= np.array(self.mean, np.float32).reshape(1, 3, 1, 1)
        if self.scale != 1:
            planes /= self.scale
        return planes


class DetectorSpec(_Spec):
    """A detector: photos are scaled so that the longer side has `side` pixels, 0 for as they are."""

    outputs: Literal["centerface", "faces"] = "centerface"
    side: int = Field(default=640, ge=0)
    least_score: float = Field(default=0.5, ge=0, le=1)


class EmbedderSpec(_Spec):
    """An embedder: `side` of its square chips, and where on them the five landmarks lie."""

    side: int = Field(default=SIDE, ge=16)
    template: tuple[Point, ...] = TEMPLATES["dlib"][1]

    @field_validator("template", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value not in TEMPLATES:
            raise ValueError(f"no template is called {value!r}: there are {', '.join(TEMPLATES)}, or give five points")
        return TEMPLATES[value][1]

    @field_validator("template")
    @classmethod
    def _five(cls, value: tuple[Point, ...]) -> tuple[Point, ...]:
        if len(value) != 5:
            raise ValueError(f"a template has five points, not {len(value)}")
        return value


class FaceSpecs(BaseModel):
    """Both networks of face recognition."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    detector: DetectorSpec = DetectorSpec()
    embedder: EmbedderSpec = EmbedderSpec()

    @property
    def detector_graph(self) -> Path:
        return self.detector.file or graph_of(DETECTOR)

    @property
    def embedder_graph(self) -> Path:
        return self.embedder.file or graph_of(EMBEDDER)


def read_specs(path: Path | None) -> FaceSpecs:
    """The networks that a TOML file describes, Kenali's own where it says nothing or there is none.

    Raises KenaliError for what is wrong in it, with the nearest valid key, and for files that are not there.
    """
    if path is None:
        return FaceSpecs()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KenaliError(f"the networks in {path} cannot be read ({error})") from None
    for part, spec in (("detector", DetectorSpec), ("embedder", EmbedderSpec)):
        table = values.get(part, {})
        for key in table if isinstance(table, dict) else ():
            if key not in spec.model_fields:
                raise KenaliError(f"{path}: {part} has no key {key!r}.{did_you_mean(key, spec.model_fields)}")
        if isinstance(table, dict) and isinstance(table.get("file"), str):
            table["file"] = path.parent / table["file"]
            if not table["file"].is_file():
                raise KenaliError(f"{path}: there is no file {table['file']}")
    try:
        return FaceSpecs.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise KenaliError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
