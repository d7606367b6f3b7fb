"""One bundle being served: photos in, predictions out, batched with those of other requests."""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
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
from kenali.types import FloatArray

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

    `photo` is the client's name for it. A photo that cannot be used has an `error` (and its sentence in the outcome), and
    nothing decoded. `explanation` is a PNG of the photo with the heat map of its likeliest class, where one was asked for.
    """

    photo: str
    outcome: Outcome
    timing: Timing
    decoded: DecodedPhoto | None = None
    explanation: bytes | None = None
    error: PhotoError | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    decoded: DecodedPhoto
    limits: Limits
    maps: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Reply:
    decoded: DecodedPhoto
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
        self._answer: Callable[[_Question, Future[Answered[_Reply]]], object] = self._answer_here
        if max_batch > 1:
            self._answer = Batcher(
                self._replies,
                engine.threads,
                runners=1 if on_gpu else engine.runners + 1,  # a thread that ends finds its next batch at once
                max_batch=max_batch,
                max_wait_s=wait_s,
            ).ask

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
        begun = time.monotonic()
        try:
            answered = await asyncio.wrap_future(self._ask(data, limits, explain))
        except PhotoError as error:
            return Prediction(name, Outcome(name, error=error.detail), Timing(time.monotonic() - begun), error=error)
        decoded = answered.value.decoded
        explanation = None
        if explain:
            explanation = await asyncio.get_running_loop().run_in_executor(self._engine.slow, self._drawn, answered.value)
        return Prediction(
            photo=name,
            outcome=replace(answered.value.outcome, path=name),
            timing=Timing(answered.asked - begun, answered.waited_s, answered.ran_s, answered.batch),
            decoded=decoded,
            explanation=explanation,
        )

    def _ask(self, data: bytes, limits: Limits, explain: bool) -> Future[Answered[_Reply]]:
        """A future of the network's answer to a file's bytes: who decodes it hands it on, with no step through the event loop.

        It raises what decoding raises. Once it is cancelled, no work is begun for it.
        """
        answer: Future[Answered[_Reply]] = Future()
        decoding = self._engine.crew.begin(data, self._preprocessing, preview=explain, measure=self._engine.sampler.take())

        def hand_on(done: Future[DecodedPhoto]) -> None:
            if done.cancelled() or answer.cancelled():
                answer.cancel()
            elif error := done.exception():
                with contextlib.suppress(InvalidStateError):  # cancelled at this very moment
                    answer.set_exception(error)
            else:
                self._answer(_Question(done.result(), limits, explain and "maps" in self.network.outputs), answer)

        decoding.add_done_callback(hand_on)
        begun = weakref.ref(decoding)  # else both futures would hold each other, and the photo, until garbage is collected

        def left(done: Future[Answered[_Reply]]) -> None:
            if done.cancelled() and (decoding := begun()) is not None:
                decoding.cancel()

        answer.add_done_callback(left)
        return answer

    def _answer_here(self, question: _Question, answer: Future[Answered[_Reply]]) -> None:
        """Run the network in the thread that had the photo decoded: where batches gain nothing, no queue between the two does.

        So photos are finished in the order they came, none is decoded at the cost of one that already was.
        """
        begun = time.monotonic()
        with contextlib.suppress(InvalidStateError):
            try:
                (reply,) = self._replies([question])
            except Exception as error:
                answer.set_exception(error)
            else:
                answer.set_result(Answered(reply, begun, 0.0, time.monotonic() - begun, 1))

    def _replies(self, questions: list[_Question]) -> list[_Reply]:
        """The network's answers to a batch, with each photo's own limits."""
        pixels = np.stack([question.decoded.pixels for question in questions])
        names = (*self.network.answers, "maps") if any(question.maps for question in questions) else self.network.answers
        outputs = self.network(pixels, *names)
        replies = []
        for row, question in enumerate(questions):
            own = {name: values[row : row + 1] for name, values in outputs.items() if name != "maps"}
            (outcome,) = outcomes_of(self.manifest, own, question.limits)
            replies.append(
                _Reply(question.decoded, outcome, outputs["logits"][row], outputs["maps"][row] if question.maps else None)
            )
        return replies

    def _drawn(self, reply: _Reply) -> bytes:
        decoded = reply.decoded
        assert decoded.preview is not None
        assert reply.outcome.probs is not None
        found = evidence(self.network, decoded.pixels) if reply.maps is None else evidence_of_maps(reply.logits, reply.maps)
        image = Image.fromarray(decoded.preview)
        window = seen_window(image.size, self._preprocessing)
        picture = framed(heat_picture(image, found.heat(int(reply.outcome.probs.argmax())), window), window)
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        return buffer.getvalue()
