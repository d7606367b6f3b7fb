"""A classifier from a bundle: photos in, calibrated probabilities out, under ONNX Runtime alone."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kenali.bundle.golden import replay
from kenali.bundle.manifest import Manifest
from kenali.bundle.store import Bundle, open_bundle
from kenali.doubt import UNKNOWN, Limits, Reason, prediction_sets
from kenali.errors import KenaliError, PhotoError
from kenali.images import draft_side, preprocess
from kenali.inputs import PhotoInput, image_of
from kenali.network import Network, softmax
from kenali.parallel import batches, map_in_order
from kenali.types import FloatArray, Pixels, Predictions

PhotoLike = str | Path | bytes | Image.Image | np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo: `probs` (k,) float32 in the order of the class names, or the `error` that stopped it.

    `fault` is the stable code of that error, as the ledger has it. `novelty` is larger for stranger photos, None where the
    bundle has no such score; `reason` says why the photo is unknown, None where it is not. `candidates` are the classes that
    cannot be excluded, likeliest first, where the bundle has sets. `explanation` is the file with its heat map, where one
    was asked for.
    """

    path: str
    probs: FloatArray | None = None
    error: str | None = None
    novelty: float | None = None
    reason: Reason | None = None
    candidates: tuple[int, ...] = ()
    explanation: str | None = None
    fault: str | None = None

    @classmethod
    def of_error(cls, path: str, error: PhotoError) -> Outcome:
        return cls(path, error=error.detail, fault=error.reason)

    def label(self, class_names: Sequence[str]) -> str | None:
        """The likeliest class, `UNKNOWN` where a reason speaks against it, None where there is no answer."""
        if self.probs is None:
            return None
        return UNKNOWN if self.reason else class_names[int(self.probs.argmax())]


class Classifier:
    """Names photos with the classes of a bundle. Safe to use from several threads."""

    def __init__(self, path: Path, manifest: Manifest, network: Network, reject: float | None = None) -> None:
        self.path = path
        self.manifest = manifest
        self.network = network
        self.limits = manifest.thresholds.limits(reject)

    @classmethod
    def load(cls, path: str | Path, reject: float | None = None) -> Classifier:
        """Open the bundle at `path`; `reject` chooses another share of its own kind of photos to call unknown, 0 for none.

        Raises BundleError when it is incomplete, altered or of another format, KenaliError for a share that it does not know.
        """
        return cls.of(open_bundle(Path(path)), reject)

    @classmethod
    def of(cls, bundle: Bundle, reject: float | None = None) -> Classifier:
        """The classifier of an open bundle."""
        return cls(bundle.path, bundle.manifest, Network(bundle.model), reject)

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.manifest.class_names

    def predict(self, photos: PhotoLike | Sequence[PhotoLike]) -> Predictions:
        """Probabilities for one photo or several: paths, bytes of image files, Pillow images, or uint8 RGB (h, w, 3).

        Raises PhotoError, naming the photo, for the first that cannot be used; `outcomes` goes on instead.
        """
        single = isinstance(photos, (str, Path, bytes, Image.Image, np.ndarray))
        inputs = [_as_input(photo, n) for n, photo in enumerate([photos] if single else photos)]  # type: ignore[arg-type]
        outcomes = []
        for outcome in self.outcomes(inputs):
            if outcome.probs is None:
                raise PhotoError("unreadable", f"{outcome.path}: {outcome.error}")
            outcomes.append(outcome)
        return self.gathered(outcomes)

    def gathered(self, outcomes: Sequence[Outcome]) -> Predictions:
        """The predictions of outcomes that hold no error, in their order."""
        rows = [outcome.probs for outcome in outcomes if outcome.probs is not None]
        probs = np.stack(rows) if rows else np.zeros((0, len(self.class_names)), np.float32)
        scored = "novelty" in self.network.outputs
        novelty = np.array([outcome.novelty for outcome in outcomes], np.float32) if scored else None
        return Predictions(probs, self.class_names, novelty, self.limits)

    def outcomes(self, inputs: Iterable[PhotoInput], workers: int | None = None) -> Generator[Outcome, None, None]:
        """One outcome for each input, in order, as they come: memory does not grow with the number of photos."""
        for batch in map_in_order(self._batch, batches(inputs, self.network.batch_size), workers):
            yield from batch

    def outcome(self, photo: PhotoInput) -> Outcome:
        """What becomes of one photo."""
        return self._batch([photo])[0]

    def verify(self) -> float:
        """Replay the golden photos: the largest difference of a probability from what the bundle promises."""
        return replay(self.path, self.network, self.manifest.preprocessing)

    def _batch(self, inputs: list[PhotoInput]) -> list[Outcome]:
        ready = [self._pixels(photo) for photo in inputs]
        pixels = [item for item in ready if not isinstance(item, PhotoError)]
        answers = iter(self.answers(np.stack(pixels)) if pixels else ())
        return [
            Outcome.of_error(photo.path, item) if isinstance(item, PhotoError) else replace(next(answers), path=photo.path)
            for photo, item in zip(inputs, ready, strict=True)
        ]

    def answers(self, pixels: Pixels) -> list[Outcome]:
        """What the network says of pixels uint8 (n, h, w, c)."""
        outputs = self.network(pixels, *self.network.answers)
        return outcomes_of(self.manifest, outputs, self.limits)

    def _pixels(self, photo: PhotoInput) -> Pixels | PhotoError:
        """The network's pixels, or why there are none."""
        image = self.image(photo)
        return image if isinstance(image, PhotoError) else preprocess(image, self.manifest.preprocessing)

    def image(self, photo: PhotoInput) -> Image.Image | PhotoError:
        """The photo upright and in RGB, large ones as a draft, or why it cannot be had."""
        return image_of(photo, min_side=draft_side(self.manifest.preprocessing))


def outcomes_of(manifest: Manifest, outputs: dict[str, FloatArray], limits: Limits) -> list[Outcome]:
    """What a bundle makes of its network's `logits` (n, k) and `novelty` (n,): an outcome without a path for each row."""
    probs = softmax(outputs["logits"], manifest.calibration.temperature)
    novelty, sets = outputs.get("novelty"), manifest.sets
    reasons = limits.reasons(probs, novelty)
    order = np.argsort(-probs, axis=1, kind="stable")
    inside = prediction_sets(probs, sets.least) if sets else np.zeros_like(probs, dtype=bool)
    return [
        Outcome(
            path="",
            probs=probs[row],
            novelty=None if novelty is None else float(novelty[row]),
            reason=reasons[row],
            candidates=tuple(label for label in order[row].tolist() if inside[row, label]),
        )
        for row in range(len(probs))
    ]


def load(bundle: str | Path, reject: float | None = None) -> Classifier:
    """The classifier in the folder `bundle`; `reject` chooses another share of its own kind of photos to call unknown.

    Raises BundleError when it is incomplete, altered or of another format.
    """
    return Classifier.load(bundle, reject)


def _as_input(photo: PhotoLike, number: int) -> PhotoInput:
    if isinstance(photo, (str, Path)):
        return PhotoInput(str(photo), Path(photo).read_bytes)
    name = f"photo {number}"
    if isinstance(photo, bytes):
        return PhotoInput(name, partial(bytes, photo))
    if isinstance(photo, np.ndarray):
        if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3:
            raise KenaliError(f"{name}: expected uint8 RGB (height, width, 3), got {photo.dtype} {photo.shape}")
        photo = Image.fromarray(photo)
    return PhotoInput(name, partial(_as_png, photo))


def _as_png(image: Image.Image) -> bytes:
    """Images in memory go the same way as files, so that both give the same answer."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()
