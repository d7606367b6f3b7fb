"""Video by FFmpeg's libraries (PyAV): files, webcams, and streams from the network."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import av
import numpy as np

from kenali.errors import KenaliError
from kenali.stream.sources import Interrupted, Shot, fitting
from kenali.stream.values import clean_source
from kenali.stream.wire import DEFAULT_LIMITS
from kenali.types import Pixels

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_OPEN_S, _READ_S = 10.0, 10.0
_NETWORK = "http,https,httpproxy,crypto,rtmp,rtmps,rtmpt,rtp,rtsp,rtsps,srtp,tcp,tls,udp"
"""What FFmpeg may open for a network stream: a playlist from elsewhere must not read this computer's files."""


class VideoFile:
    """A video file, once or for ever; `pace` is its own number of frames a second."""

    live = False

    def __init__(self, file: Path, loop: bool = False) -> None:
        self.name = clean_source(file.stem)
        self._file = file
        self._loop = loop
        with self._opened() as (_, stream):
            rate = stream.average_rate or stream.guessed_rate
            self.pace = float(rate) if rate else None

    def shots(self, side: int | None) -> Iterator[Shot]:
        while True:
            shown = False
            with self._opened() as (container, stream):
                for shot in _decoded(container, stream, side):
                    shown = True
                    yield shot
            if not self._loop:
                return
            if not shown:
                raise KenaliError(f"no frame of {self._file} can be read")

    def _opened(self) -> AbstractContextManager[tuple[InputContainer, VideoStream]]:
        return _opened(str(self._file), shown=str(self._file), live=False, options={"protocol_whitelist": "file"})


class Webcam:
    """A camera of this computer, by number from 0."""

    live = True
    pace: float | None = None

    def __init__(self, number: int, name: str) -> None:
        self.name = name
        self._number = number

    def shots(self, side: int | None) -> Iterator[Shot]:
        place, kind, options = _device(self._number)
        with _opened(place, shown=f"webcam {self._number}", live=True, options=options, format=kind) as (container, stream):
            yield from _decoded(container, stream, side)


class NetworkVideo:
    """A stream by RTSP, RTMP, HTTP (HLS and motion JPEG too) or UDP. Passwords in its URL are never shown."""

    live = True
    pace: float | None = None

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._url = url

    def shots(self, side: int | None) -> Iterator[Shot]:
        parts = urlsplit(self._url)
        shown = f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
        options = {"protocol_whitelist": _NETWORK}
        if parts.scheme.lower().startswith("rtsp"):
            options["rtsp_transport"] = "tcp"  # over UDP a lost packet greys the picture until the next key frame
        with _opened(self._url, shown=shown, live=True, options=options) as (container, stream):
            yield from _decoded(container, stream, side)


@contextmanager
def _opened(
    place: str, *, shown: str, live: bool, options: dict[str, str], format: str | None = None
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first video stream. Whatever FFmpeg says against it is an Interrupted that names `shown`."""
    try:
        with av.open(place, format=format, options=options, timeout=(_OPEN_S, _READ_S)) as container:
            if not container.streams.video:
                raise KenaliError(f"{shown} holds no video")
            stream = container.streams.video[0]
            stream.thread_type = "SLICE" if live else "AUTO"  # threads by frame would hold live frames back
            stream.codec_context.options = {"max_pixels": str(DEFAULT_LIMITS.pixels)}
            yield container, stream
    except (av.FFmpegError, ValueError) as error:
        raise Interrupted(f"{shown}: {getattr(error, 'strerror', None) or error}") from None


def _device(number: int) -> tuple[str, str, dict[str, str]]:
    """What FFmpeg calls a webcam on this system: place, format, options."""
    if sys.platform == "darwin":
        return str(number), "avfoundation", {"framerate": "30"}
    if sys.platform == "win32":
        found = [one.name for one in av.enumerate_input_devices("dshow") if "video" in one.media_types]
        if number >= len(found):
            raise Interrupted(f"webcam {number}: there are {len(found)} of them, counted from 0")
        return f"video={found[number]}", "dshow", {}
    return f"/dev/video{number}", "v4l2", {}


def _decoded(container: InputContainer, stream: VideoStream, side: int | None) -> Iterator[Shot]:
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.InvalidDataError:  # a damaged packet is not the end of a stream
            continue
        for frame in frames:
            yield partial(_pixels, frame, side)


def _pixels(frame: VideoFrame, side: int | None) -> Pixels:
    """Upright RGB, scaled and converted in one step."""
    height, width = fitting((frame.height, frame.width), side)
    try:
        pixels: Pixels = np.asarray(frame.to_ndarray(format="rgb24", width=width, height=height), np.uint8)
    except (av.FFmpegError, ValueError, MemoryError) as error:
        raise Interrupted(f"a frame of {frame.width} x {frame.height} cannot be converted: {error}") from None
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels
