"""What a camera looks at: a webcam, a video file, a folder of photos, a stream from the network."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from PIL import Image

from kenali.errors import KenaliError, PhotoError, did_you_mean
from kenali.images import MAX_BYTES, decode
from kenali.stream.values import clean_source
from kenali.stream.wire import DEFAULT_LIMITS
from kenali.types import Pixels

SCHEMES = ("http", "https", "rtmp", "rtmps", "rtsp", "rtsps", "udp")
Shot = Callable[[], Pixels]
"""A picture that is converted when it is asked for: RGB, uint8 (height, width, 3). So what is dropped costs nothing more."""

_PHOTOS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")


class Source(Protocol):
    """Pictures in order, under a `name` fit for a stamp.

    Those of a `live` source come when they come, and should it end it is opened again. One that is not live can wait, and
    ends; `pace` is its own number of pictures a second, None where it has none.
    """

    name: str
    live: bool
    pace: float | None

    def shots(self, side: int | None) -> Iterator[Shot]:
        """The pictures, no side longer than `side`. Raises Interrupted where no more can be had."""
        ...


class Interrupted(KenaliError):
    """A source gives no more pictures, though it should: it cannot be opened or read, for now at least."""


class PhotoFolder:
    """The photos of a folder and all below it, by name; once, or for ever, and then what was added meanwhile comes too.

    Photos that cannot be read are passed over and counted in `unreadable`.
    """

    live = False

    def __init__(self, folder: Path, loop: bool = False) -> None:
        self.name = clean_source(folder.resolve().name)
        self.pace: float | None = 2.0
        self.unreadable = 0
        self._folder = folder
        self._loop = loop

    def shots(self, side: int | None) -> Iterator[Shot]:
        shown = True
        while shown:
            shown = False
            for file in sorted(file for file in self._folder.rglob("*") if file.suffix.lower() in _PHOTOS):
                found = self._photo(file, side)
                if found is not None:
                    shown = True
                    yield partial(_itself, found)
            if shown and not self._loop:
                return
        raise KenaliError(f"no photo in {self._folder} can be read")

    def _photo(self, file: Path, side: int | None) -> Pixels | None:
        try:
            if not file.is_file() or file.stat().st_size > MAX_BYTES:
                raise PhotoError("too-large", "the file is too large")
            return shrunk(decode(file.read_bytes(), min_side=side).image, side)
        except (OSError, PhotoError):
            self.unreadable += 1
            return None


def _itself(pixels: Pixels) -> Pixels:
    return pixels


def shrunk(image: Image.Image, side: int | None) -> Pixels:
    """The pixels of an RGB image, its long side `side` at most, and within what a frame may have."""
    import numpy as np

    size = fitting((image.height, image.width), side)
    if size != (image.height, image.width):
        image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(image)


def fitting(size: tuple[int, int], side: int | None) -> tuple[int, int]:
    """(height, width) that keeps the aspect of `size` and lies within `side` and within the pixels of a frame."""
    height, width = size
    scale = min(1.0, (side or max(size)) / max(size), (DEFAULT_LIMITS.pixels / (height * width)) ** 0.5)
    return (height, width) if scale == 1.0 else (max(1, int(height * scale)), max(1, int(width * scale)))


def open_source(text: str, loop: bool = False) -> Source:
    """The source that `text` names: a webcam's number, a folder, a video file or a URL. Raises KenaliError otherwise."""
    from kenali.stream.video import NetworkVideo, VideoFile, Webcam

    if re.fullmatch(r"[0-9]{1,3}", text):
        return Webcam(int(text), clean_source(socket.gethostname()))
    if "://" in text:
        return NetworkVideo(text, clean_source(_host(text)))
    path = Path(text)
    if path.is_dir():
        return PhotoFolder(path, loop)
    if path.is_file():
        return VideoFile(path, loop)
    raise KenaliError(f"{text} is no webcam's number, video file, folder of photos or URL")


def _host(url: str) -> str:
    """The host of a stream's URL; KenaliError, which does not repeat the URL, where it is none."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that are none
        raise KenaliError("the URL cannot be read: expected SCHEME://HOST[:PORT]/PATH") from None
    if parts.scheme.lower() not in SCHEMES or not sound:
        known = ", ".join(SCHEMES)
        raise KenaliError(f"a stream is one of {known}, got {parts.scheme}://{did_you_mean(parts.scheme, SCHEMES)}")
    return str(parts.hostname)
