"""How far two runtimes' answers to the same photos lie apart, and how far they may."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from kenali.doubt import Limits
from kenali.export.replay import Replay, Said
from kenali.export.values import Precision, Target
from kenali.network import softmax
from kenali.types import FloatArray


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What an export is allowed: the largest difference of a calibrated probability and of novelty on any one photo.

    A photo's answer may change only where the bundle's own two likeliest classes lie closer together than `tie`.
    """

    probability: float
    novelty: float
    tie: float


_FLOAT32 = Tolerance(probability=1e-4, novelty=1e-4, tie=2e-4)
_FLOAT16 = Tolerance(probability=1e-2, novelty=1e-2, tie=2e-2)
_INT8_WEIGHTS = Tolerance(probability=5e-2, novelty=1e-2, tie=2e-2)
_INT8_THROUGHOUT = Tolerance(probability=0.15, novelty=3e-2, tie=0.1)


def tolerance_of(target: Target, precision: Precision) -> Tolerance:
    """What an export of this kind is allowed: two to five times the most that was measured on whole sets of photos.

    The page's int8 rounds weights alone; an ONNX export's rounds what flows between layers as well.
    """
    if precision == "int8":
        return _INT8_THROUGHOUT if target == "onnx" else _INT8_WEIGHTS
    return _FLOAT32 if precision == "float32" else _FLOAT16


@dataclass(frozen=True, slots=True)
class Reading:
    """How answers become what people are told: probabilities are softmax(logits / `temperature`), `limits` make unknown."""

    temperature: float
    limits: Limits

    def probs(self, said: Said) -> FloatArray:
        """Calibrated probabilities (k,)."""
        return softmax(said.logits, self.temperature)

    def doubt(self, said: Said) -> str | None:
        """Why the photo is unknown, None where it is not."""
        novelty = None if said.novelty is None else np.array([said.novelty], np.float32)
        return self.limits.reasons(self.probs(said)[None], novelty)[0]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One runtime against the bundle under ONNX Runtime, over `photos` photos.

    `same_pixels` counts photos whose preprocessed pixels are the same bytes, `same_answer` those with the same likeliest
    class, `clear_changes` those whose answer changed although it was no tie, `same_doubt` those that are unknown in both or
    neither for the same reason. `probability` and `novelty` are the largest differences on any photo, infinite where a
    runtime gave no finite number. `milliseconds` is the network's median time a photo, `load_ms` that of loading it.
    """

    setting: str
    runtime: str
    backend: str
    threads: int
    photos: int
    same_pixels: int
    same_answer: int
    clear_changes: int
    same_doubt: int
    probability: float
    novelty: float | None
    milliseconds: float
    load_ms: float
    problems: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The runtime and how it computed, for people."""
        how = {"onnxruntime": "", "wasm": " (WASM with threads)", "wasm-1": " (WASM without threads)"}
        return self.runtime + how.get(self.setting, f" ({self.setting})")

    def breach(self, tolerance: Tolerance) -> str | None:
        """The first thing that lies beyond the tolerance, as the end of a sentence; None where all is well."""
        if self.problems:
            return f"could not use {len(self.problems)} of {self.photos} photos ({self.problems[0]})"
        if self.same_pixels < self.photos:
            return f"makes other pixels of {self.photos - self.same_pixels} of {self.photos} photos"
        if not self.probability <= tolerance.probability:
            return f"differs by {self.probability:.2g} in a probability; at most {tolerance.probability:g} is allowed"
        if self.novelty is not None and not self.novelty <= tolerance.novelty:
            return f"differs by {self.novelty:.2g} in novelty; at most {tolerance.novelty:g} is allowed"
        if self.clear_changes:
            return f"gives another answer to {self.clear_changes} of {self.photos} photos"
        return None


def compare(expected: Sequence[Said], replay: Replay, reading: Reading, tolerance: Tolerance) -> Comparison:
    """Hold a replay against what was expected of each of its photos."""
    pairs = [(one, said) for one, said in zip(expected, replay.said, strict=True) if isinstance(said, Said)]
    probs = [(reading.probs(one), _probs(said, reading, len(one.logits))) for one, said in pairs]
    answers = [(_answer(one), _answer(said)) for one, said in probs]
    changed = [a != b for a, b in answers]
    scored = [(one.novelty, said.novelty) for one, said in pairs if one.novelty is not None]
    return Comparison(
        setting=replay.setting,
        runtime=replay.runtime,
        backend=replay.backend,
        threads=replay.threads,
        photos=len(expected),
        same_pixels=sum(one.pixels_sha256 == said.pixels_sha256 for one, said in pairs),
        same_answer=len(changed) - sum(changed),
        clear_changes=sum(other and _margin(one) >= tolerance.tie for other, (one, _) in zip(changed, probs, strict=True)),
        same_doubt=sum(reading.doubt(one) == reading.doubt(said) for one, said in pairs),
        probability=max((_gap(a, b) for a, b in probs), default=0.0),
        novelty=max((math.inf if b is None else abs(a - b) for a, b in scored), default=None),
        milliseconds=median([said.milliseconds for _, said in pairs]) if pairs else 0.0,
        load_ms=replay.load_ms,
        problems=tuple(said for said in replay.said if isinstance(said, str)),
    )


def _probs(said: Said, reading: Reading, k: int) -> FloatArray:
    """Probabilities (k,); not-a-number where the runtime did not give k finite logits."""
    if said.logits.shape != (k,) or not np.isfinite(said.logits).all():
        return np.full(k, np.nan, np.float32)
    return reading.probs(said)


def _answer(probs: FloatArray) -> int:
    return -1 if np.isnan(probs).any() else int(probs.argmax())


def _gap(one: FloatArray, other: FloatArray) -> float:
    gap = float(np.abs(one.astype(np.float64) - other).max())
    return math.inf if math.isnan(gap) else gap


def _margin(probs: FloatArray) -> float:
    """How far the two likeliest classes lie apart; 1 where there is only one class."""
    return float(np.diff(np.sort(probs)[-2:])[0]) if len(probs) > 1 else 1.0
