"""What a way of training hands back, and what it may tell on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from kenali.bundle.known import Known
from kenali.errors import KenaliError
from kenali.evaluation import HeldOut
from kenali.evaluation.looks import PartLogits
from kenali.images import DecodedPhoto
from kenali.photos import Scan
from kenali.types import EpochEnd, FloatArray, Metrics, Photo, Preprocessing, Split

ProgressHook = Callable[..., None]
"""Called with a stage (`scan`, `embed`, `decode`, `fit`, `train`, `first`, `tune`, `write` or a sentence), how much of it is
done, how much there is, and sometimes a note on how it goes."""


@dataclass(slots=True)
class Stopwatch:
    """Wall seconds of each step."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def time(self, step: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[step] = round(self.seconds.get(step, 0.0) + time.perf_counter() - start, 3)


def require_every_class(photos: tuple[Photo, ...], class_names: tuple[str, ...]) -> None:
    """Raise KenaliError, naming the first, where the photos to learn from lack a class."""
    present = {photo.label for photo in photos}
    for label, name in enumerate(class_names):
        if label not in present:
            raise KenaliError(f"the training part holds no photo of {name!r}; give it more photos or another split")


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A trained model: its graph from pixels to logits and novelty, and what it gives for the test part, (n, k) and (n,).

    `held_out` is what calibration and limits are fitted on, None where no photo was held out. `cross_validation` and
    `strengths` come from the fast path, `history` from training by epochs; `details` go into the bundle's provenance. `known`
    tells of the photos that the novelty score compares with, `judged` are the photos that `held_out` answers for. `part_logits`
    answers for parts of photos from memory, where the features of a frozen backbone are remembered.
    """

    model: bytes
    test_logits: FloatArray
    test_novelty: FloatArray
    details: dict[str, Any]
    known: Known
    held_out: HeldOut | None = None
    judged: tuple[Photo, ...] = ()
    cross_validation: Metrics | None = None
    strengths: tuple[tuple[float, float], ...] = ()
    history: tuple[EpochEnd, ...] = ()
    part_logits: PartLogits | None = None


class Learner(Protocol):
    """A way of training. `offer` is called in worker threads with each photo that the scan decodes."""

    preprocessing: Preprocessing

    def offer(self, sha256: str, decoded: DecodedPhoto) -> None: ...

    def learn(self, scanned: Scan, parts: Split, watch: Stopwatch) -> Learned:
        """Train on the train part (and what the method makes of the validation part), and answer for the test part."""
        ...

    def close(self, finished: bool) -> None:
        """Keep what a later run can use, or, when the bundle is written, drop what no run needs any more."""
        ...
