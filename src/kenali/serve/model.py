"""One bundle being served: photos in, predictions out, batched with those of other requests."""

from __future__ import annotations

import asyncio
import contextlib
import io
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from kenali.bundle.golden import PROMISE, replay
from kenali.bundle.manifest import Manifest
from kenali.bundle.store import bundle_id, open_bundle
from kenali.doubt import Limits
from kenali.errors import BundleError, PhotoError
from kenali.explain import evidence, evidence_of_maps, heat_picture
from kenali.explain.picture import framed
from kenali.images import seen_window
from kenali.network import Network
from kenali.predict import Outcome, outcomes_of
from kenali.serve.batching import Answered, Batcher
from kenali.serve.decoding import DecodedPhoto
from kenali.serve.engine import Engine
from kenali.types import FloatArray, Pixels

_ID_BYTES = 16
_ID_DIGITS = 12
_GPU_WAIT_S = 0.002
_AHEAD = 4  # photos of one request for each place in a network: enough to keep decoders and networks busy


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the seconds of one photo went, decoding with its queue included, and how many photos its batch held."""

    decode_s: float
    wait_s: float = 0.0
    network_s: float = 0.0
    batch: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What became of one photo of a request.

    `id` is random and names the prediction from now on; `photo` is the client's name for it. A photo that cannot be used has an
    `error` (and its sentence in the outcome) and nothing decoded. `explanation` is a PNG of the photo with the heat map of its
    likeliest class, where one was asked for.
    """

    id: str
    photo: str
    outcome: Outcome
    timing: Timing
    decoded: DecodedPhoto | None = None
    explanation: bytes | None = None
    error: PhotoError | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    pixels: Pixels
    limits: Limits
    maps: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Reply:
    outcome: Outcome
    logits: FloatArray
    maps: FloatArray | None


def load_network(folder: Path) -> tuple[Manifest, Network]:
    """A bundle's manifest and its network, warm. Raises BundleError or KenaliError when the bundle cannot be served."""
    bundle = open_bundle(folder)
    network = Network(bundle.model)
    preprocessing = bundle.manifest.preprocessing
    network(np.zeros((1, *preprocessing.image_size, preprocessing.channels), np.uint8), *network.answers)
    return bundle.manifest, network


def prove(folder: Path) -> None:
    """Raises BundleError when the bundle does not give the answers it promises to its golden photos."""
    manifest, network = load_network(folder)
    difference = replay(folder, network, manifest.preprocessing)
    if difference > PROMISE:
        raise BundleError(
            f"the bundle does not give its golden photos the answers it promises: they differ by {difference:.3g}"
        )


class ServedModel:
    """A bundle under a name. `path` is the folder it was loaded from, which does not change. Of one event loop."""

    def __init__(self, name: str, path: Path, engine: Engine) -> None:
        """Loads the bundle, which takes a moment: to be called in a thread. Raises BundleError or KenaliError."""
        self.name = name
        self.path = path
        self.bundle_id = bundle_id(path)
        self.manifest, self.network = load_network(path)
        self.loaded_at = datetime.now(UTC)
        self._engine = engine
        self._preprocessing = self.manifest.preprocessing
        settings, on_gpu = engine.settings, self.network.batch_size > 1
        wait_s = (_GPU_WAIT_S if on_gpu else 0.0) if settings.max_wait_ms is None else settings.max_wait_ms / 1000
        max_batch = settings.max_batch or self.network.batch_size
        self._at_once = _AHEAD * engine.runners * max_batch
        self._batcher: Batcher[_Question, _Reply] = Batcher(
            self._replies,
            engine.threads,
            runners=1
            if on_gpu
            else engine.runners + 1,  # a thread that ends finds its next photo without asking the event loop
            max_batch=max_batch,
            max_wait_s=wait_s,
        )

    async def predict(
        self, photos: Sequence[tuple[str, bytes]], *, reject: float | None = None, explain: bool = False
    ) -> list[Prediction]:
        """A prediction for each (name, bytes of an image file), in order.

        `reject` chooses another share of its own kind of photos to call unknown. Raises, before any work: KenaliError for a
        share that the bundle has no limits for, Busy when there is no room.
        """
        limits = self.manifest.thresholds.limits(reject)
        slow = explain and "maps" not in self.network.outputs
        with (
            self._engine.slow_room.enter(len(photos)) if slow else contextlib.nullcontext(),
            self._engine.room.enter(len(photos)),
        ):
            if len(photos) == 1:
                return [await self._one(*photos[0], limits, explain)]
            turn = asyncio.Semaphore(self._at_once)
            return list(await asyncio.gather(*(self._in_turn(turn, name, data, limits, explain) for name, data in photos)))

    async def _in_turn(self, turn: asyncio.Semaphore, name: str, data: bytes, limits: Limits, explain: bool) -> Prediction:
        """Of a large request only some photos queue at a time, so that a small one waits for those and not for all."""
        async with turn:
            return await self._one(name, data, limits, explain)

    async def _one(self, name: str, data: bytes, limits: Limits, explain: bool) -> Prediction:
        number, begun = secrets.token_hex(_ID_BYTES), time.monotonic()
        try:
            decoded = await self._engine.crew.decode(
                data, self._preprocessing, preview=explain, measure=self._engine.sampler.take()
            )
        except PhotoError as error:
            return Prediction(number, name, Outcome(name, error=error.detail), Timing(time.monotonic() - begun), error=error)
        decode_s = time.monotonic() - begun
        maps = explain and "maps" in self.network.outputs
        answered = await self._batcher.answer(_Question(decoded.pixels, limits, maps))
        explanation = await self._explanation(decoded, answered) if explain else None
        return Prediction(
            id=number,
            photo=name,
            outcome=replace(answered.value.outcome, path=name),
            timing=Timing(decode_s, answered.waited_s, answered.ran_s, answered.batch),
            decoded=decoded,
            explanation=explanation,
        )

    def _replies(self, questions: list[_Question]) -> list[_Reply]:
        """The network's answers to a batch, with each photo's own limits."""
        pixels = np.stack([question.pixels for question in questions]) if len(questions) > 1 else questions[0].pixels[None]
        names = (*self.network.answers, "maps") if any(question.maps for question in questions) else self.network.answers
        outputs = self.network(pixels, *names)
        replies = []
        for row, question in enumerate(questions):
            own = {name: values[row : row + 1] for name, values in outputs.items() if name != "maps"}
            (outcome,) = outcomes_of(self.manifest, own, question.limits)
            replies.append(_Reply(outcome, outputs["logits"][row], outputs["maps"][row] if question.maps else None))
        return replies

    async def _explanation(self, decoded: DecodedPhoto, answered: Answered[_Reply]) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._engine.slow, self._drawn, decoded, answered.value)

    def _drawn(self, decoded: DecodedPhoto, reply: _Reply) -> bytes:
        assert decoded.preview is not None
        assert reply.outcome.probs is not None
        found = evidence(self.network, decoded.pixels) if reply.maps is None else evidence_of_maps(reply.logits, reply.maps)
        image = Image.fromarray(decoded.preview)
        window = seen_window(image.size, self._preprocessing)
        picture = framed(heat_picture(image, found.heat(int(reply.outcome.probs.argmax())), window), window)
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        return buffer.getvalue()
