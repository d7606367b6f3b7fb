"""What a model answers to photos: under ONNX Runtime here, and under TensorFlow.js in a browser, from the files' bytes on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kenali.errors import KenaliError
from kenali.export.browser import Visit, visiting
from kenali.export.loopback import Loopback, Resource
from kenali.images import decode, draft_side, preprocess
from kenali.network import Network
from kenali.types import FloatArray, Preprocessing

Setting = Literal["wasm", "wasm-1", "cpu", "webgl", "webgpu"]
"""How the browser computes; `wasm` with as many threads as it allows, `wasm-1` with one."""

SETTINGS: tuple[Setting, ...] = ("wasm", "wasm-1", "cpu", "webgl", "webgpu")
RUNNER = Path(__file__).parent / "runner"
"""The built page of `web/parity.html`."""

STALL_S = 120.0
"""Seconds without a word from the browser after which it counts as stuck."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What one runtime makes of one photo: the SHA-256 of its pixels, logits (k,), novelty, and the network's milliseconds."""

    pixels_sha256: str
    logits: FloatArray
    novelty: float | None
    milliseconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """What one runtime made of all photos, in their order; a sentence in place of an answer where it could not use one.

    `backend` and `threads` are what was really used, `load_ms` is from the first request to a model that is ready.
    `absent` says in a few words why nothing ran, None where it did.
    """

    setting: str
    runtime: str
    backend: str = ""
    threads: int = 1
    load_ms: float = 0.0
    said: tuple[Said | str, ...] = ()
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class BrowserReplays:
    """The replays of each setting asked for, and the browser's name and version."""

    browser: str
    replays: tuple[Replay, ...]


def replay_here(model: Path, photos: Sequence[bytes], preprocessing: Preprocessing, *, draft: bool = False) -> Replay:
    """The photos' answers under ONNX Runtime, preprocessed by `kenali.images`; large JPEGs decoded smaller where `draft`."""
    import onnxruntime

    start = time.perf_counter()
    network = Network(model)
    load_ms = 1000 * (time.perf_counter() - start)
    said = []
    for data in photos:
        pixels = preprocess(decode(data, min_side=draft_side(preprocessing) if draft else None).image, preprocessing)
        begin = time.perf_counter()
        outputs = network(pixels[None], *network.answers)
        milliseconds = 1000 * (time.perf_counter() - begin)
        novelty = float(outputs["novelty"][0]) if "novelty" in outputs else None
        checksum = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
        said.append(Said(checksum, outputs["logits"][0], novelty, milliseconds))
    return Replay("onnxruntime", f"ONNX Runtime {onnxruntime.__version__}", "cpu", 1, load_ms, tuple(said))


def replay_in_browser(
    browser: Path,
    model: Path,
    photos: Sequence[bytes | Path],
    settings: Sequence[Setting],
    progress: Progress = lambda stage, done, total: None,
    *,
    draft: bool = False,
) -> BrowserReplays:
    """The photos' answers under TensorFlow.js: the page decodes each file, resizes it and runs the exported model.

    `model` is the folder with model.json; `draft` lets large JPEGs be decoded smaller, as the product does. Raises
    KenaliError where the browser cannot be used, the page fails, or nothing is heard of it for `STALL_S` seconds.
    """
    if not (RUNNER / "parity.html").is_file():
        raise KenaliError(f"the page that replays photos in a browser is missing ({RUNNER}): build it with  make page")
    names = [f"photo-{number}" for number in range(len(photos))]
    job = {"model": "model/", "photos": names, "settings": list(settings), "draft": draft}
    resources: dict[str, Resource] = {"runner": RUNNER, "model": model, "job": json.dumps(job).encode()}
    resources |= dict(zip(names, photos, strict=True))
    total = len(photos) * len(settings)
    gathered = _Gathered(len(photos), settings)
    gpu = any(setting in ("webgl", "webgpu") for setting in settings)
    with Loopback(resources) as server, visiting(browser, f"{server.url}runner/parity.html", gpu) as visit:
        for message in _messages(server, visit):
            gathered.take(message)
            progress("browser", gathered.photos, total)
    return gathered.replays()


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Hello(_Message):
    kind: Literal["hello"]
    browser: str = Field(max_length=200)


class _Loaded(_Message):
    """The model is ready under one setting, or `absent` says why it cannot be."""

    kind: Literal["loaded"]
    setting: Setting
    runtime: str = Field(default="", max_length=200)
    backend: str = Field(default="", max_length=40)
    threads: int = Field(default=1, ge=1)
    milliseconds: float = Field(default=0.0, ge=0)
    absent: str | None = Field(default=None, max_length=1000)


class _Photo(_Message):
    """One photo's answer, a null among the logits for what is no finite number, or the `problem` with it."""

    kind: Literal["photo"]
    setting: Setting
    photo: int = Field(ge=0)
    pixels_sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    logits: tuple[float | None, ...] = ()
    novelty: float | None = None
    milliseconds: float = Field(default=0.0, ge=0)
    problem: str | None = Field(default=None, max_length=1000)


class _Failed(_Message):
    kind: Literal["failed"]
    message: str = Field(max_length=2000)


class _Done(_Message):
    kind: Literal["done"]


_ADAPTER: TypeAdapter[_Hello | _Loaded | _Photo | _Failed | _Done] = TypeAdapter(
    Annotated[_Hello | _Loaded | _Photo | _Failed | _Done, Field(discriminator="kind")]
)


def _messages(server: Loopback, visit: Visit) -> Iterator[_Hello | _Loaded | _Photo]:
    """What the page tells until it is done."""
    quiet_since = time.monotonic()
    while True:
        try:
            raw = server.messages.get(timeout=0.25)
        except Empty:
            if ended := visit.crashed():
                raise KenaliError(f"the browser ended before the photos were replayed ({ended})") from None
            if time.monotonic() - quiet_since > STALL_S:
                raise KenaliError(f"the browser said nothing for {STALL_S:g} s while photos were replayed in it") from None
            continue
        quiet_since = time.monotonic()
        try:
            message = _ADAPTER.validate_json(raw)
        except ValidationError as error:
            raise KenaliError(f"the page in the browser sent what is no result: {error.errors()[0]['msg']}") from None
        if isinstance(message, _Failed):
            raise KenaliError(f"the exported model does not run in the browser: {message.message}")
        if isinstance(message, _Done):
            return
        yield message


class _Gathered:
    """Messages of the page, put in order."""

    def __init__(self, n_photos: int, settings: Sequence[Setting]) -> None:
        self.photos = 0
        self._browser = "a browser"
        self._loaded: dict[str, _Loaded] = {}
        self._said: Mapping[str, list[Said | str]] = {one: ["the page gave no answer"] * n_photos for one in settings}

    def take(self, message: _Hello | _Loaded | _Photo) -> None:
        match message:
            case _Hello():
                self._browser = message.browser
            case _Loaded():
                self._loaded[message.setting] = message
            case _Photo():
                said = self._said.get(message.setting, [])
                if message.photo >= len(said):
                    raise KenaliError(f"the page in the browser answered to photo {message.photo}, which it was not given")
                said[message.photo] = message.problem or _answer(message)
                self.photos += 1

    def replays(self) -> BrowserReplays:
        return BrowserReplays(self._browser, tuple(self._replay(setting) for setting in self._said))

    def _replay(self, setting: str) -> Replay:
        loaded = self._loaded.get(setting)
        if loaded is None or loaded.absent is not None:
            return Replay(setting, "", absent=loaded.absent if loaded else "the page did not try it")
        said = tuple(self._said[setting])
        return Replay(setting, loaded.runtime, loaded.backend, loaded.threads, loaded.milliseconds, said)


def _answer(message: _Photo) -> Said:
    logits = np.array([np.nan if value is None else value for value in message.logits], np.float32)
    return Said(message.pixels_sha256, logits, message.novelty, message.milliseconds)
