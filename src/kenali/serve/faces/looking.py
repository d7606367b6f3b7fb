"""From the photos of a request to the faces in them: decoders, then the networks, as many at a time as there are cores."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from kenali.errors import PhotoError
from kenali.faces.reader import FaceReader, SeenFace
from kenali.serve import metrics
from kenali.serve.decoding import DecodedPhoto, Whole
from kenali.serve.engine import Engine

WHOLE = Whole(4096)
"""The longer side of a photo, in pixels at most: phones' photos as they are, and 50 MB decoded."""

MOST_FACES = 256
"""Faces of one photo that are looked at, the surest: a crowd in one file must not keep a core busy for minutes."""

_AHEAD = 2  # photos for each core, of one request and of all: each may be 50 MB, so few are decoded at a time


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A photo under the client's name for it: its `faces`, surest first, in pixels of the upright photo, or an `error`.

    `size_px` is (height, width) of the photo.
    """

    photo: str
    faces: tuple[SeenFace, ...] = ()
    size_px: tuple[int, int] = (0, 0)
    error: PhotoError | None = None


class Looker:
    """Looks at photos with an engine's means. Of one event loop."""

    def __init__(self, read: FaceReader, engine: Engine) -> None:
        self._read = read
        self._engine = engine
        self._at_once = _AHEAD * engine.runners
        self._turn = asyncio.Semaphore(self._at_once)

    async def __call__(self, photos: Sequence[tuple[str, bytes]]) -> list[Looked]:
        """The faces in each (name, bytes of an image file), in order. Raises Busy, before any work, when there is no room."""
        own_turn = asyncio.Semaphore(self._at_once)  # of a large request only some photos wait in front of others'

        async def looked(name: str, data: bytes) -> Looked:
            async with own_turn, self._turn:
                return await self._one(name, data)

        with self._engine.room.enter(len(photos)):
            return list(await asyncio.gather(*(looked(*photo) for photo in photos)))

    async def _one(self, name: str, data: bytes) -> Looked:
        try:
            decoded = await self._engine.crew.decode(data, WHOLE)
        except PhotoError as error:
            metrics.observe_rejected(error.reason)
            return Looked(name, error=error)
        faces = await asyncio.get_running_loop().run_in_executor(self._engine.threads, self._faces, decoded)
        return Looked(name, faces, decoded.size_px)

    def _faces(self, decoded: DecodedPhoto) -> tuple[SeenFace, ...]:
        begun = time.perf_counter()
        seen = self._read(Image.fromarray(decoded.pixels), MOST_FACES)
        metrics.observe_face_networks(time.perf_counter() - begun)
        height, width = decoded.pixels.shape[:2]
        stretch = np.array([decoded.size_px[1] / width, decoded.size_px[0] / height], np.float32)
        return tuple(seen) if stretch.tolist() == [1, 1] else tuple(_stretched(one, stretch) for one in seen)


def _stretched(seen: SeenFace, stretch: np.ndarray[tuple[int], np.dtype[np.float32]]) -> SeenFace:
    """The face in pixels of a photo that was scaled down."""
    across, down = stretch.tolist()
    left, top, right, bottom = seen.face.box
    box = left * across, top * down, right * across, bottom * down
    return replace(seen, face=replace(seen.face, box=box, landmarks=seen.face.landmarks * stretch))
