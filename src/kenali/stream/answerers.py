"""Who looks at frames: a bundle's classifier, or for benchmarks a simulated model of a known pace."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from kenali.doubt import UNKNOWN
from kenali.images import draft_side, preprocess
from kenali.stream.values import Sighting
from kenali.types import Pixels


class Answerer(Protocol):
    """Looks at frames, one at a time.

    `model` is its name for people. `min_side` lets large JPEGs be decoded at a part of their size, down to a short side of
    so many pixels; None wants them whole.
    """

    @property
    def model(self) -> str: ...
    @property
    def min_side(self) -> int | None: ...
    def __call__(self, pixels: Pixels) -> tuple[Sighting, ...]:
        """What is seen in `pixels` uint8 (height, width, 3), RGB."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """What a worker is to look with: a bundle, with the share to reject, or a gallery of faces and its key, or a pretence."""

    bundle: Path | None = None
    reject: float | None = None
    faces: str | None = None
    faces_key: Path | None = None
    simulated_s: float | None = None


def answerer_of(look: Look) -> Answerer:
    """Load what `look` names. Raises KenaliError where it cannot be had."""
    if look.simulated_s is not None:
        return SimulatedAnswerer(look.simulated_s)
    if look.faces is not None:
        from kenali.stream.faces_answerer import FaceAnswerer

        return FaceAnswerer(look.faces, look.faces_key)
    assert look.bundle is not None
    return BundleAnswerer(look.bundle, look.reject)


class BundleAnswerer:
    """What a bundle says of the whole frame; `unknown`, with the reason, where it is in doubt."""

    def __init__(self, bundle: Path, reject: float | None = None) -> None:
        from kenali.predict import Classifier  # heavy, and of no use to the processes that merely name a `Look`

        self._classifier = Classifier.load(bundle, reject)
        self._preprocessing = self._classifier.manifest.preprocessing
        self.model = self._classifier.manifest.name
        self.min_side: int | None = draft_side(self._preprocessing)

    def __call__(self, pixels: Pixels) -> tuple[Sighting, ...]:
        seen = preprocess(Image.fromarray(pixels), self._preprocessing)
        (outcome,) = self._classifier.answers(seen[None])
        assert outcome.probs is not None
        label = outcome.label(self._classifier.class_names) or UNKNOWN
        return (Sighting(label, outcome.reason, round(float(outcome.probs.max()), 6)),)


class SimulatedAnswerer:
    """Takes as long as it is told, and needs no processor meanwhile, as a model on another machine or a GPU would."""

    model = "simulated"
    min_side: int | None = None

    def __init__(self, look_s: float) -> None:
        self._look_s = look_s

    def __call__(self, pixels: Pixels) -> tuple[Sighting, ...]:
        time.sleep(self._look_s)
        return (Sighting("simulated", confidence=1.0),)
