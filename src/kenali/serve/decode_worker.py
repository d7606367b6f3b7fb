"""The program of a decoder: photos in on stdin, pixels out on stdout, one at a time, with little it could do besides.

It is started by `DecodeCrew` and holds no secrets: a small environment, no file or socket to open, a cap on memory. It ends
when its stdin does, so when the server has gone, and also by itself when one photo takes far too long.

A question is `QUESTION`: the lengths of a JSON header and of the file; then both. An answer is `ANSWER`: the lengths of a JSON
header and of two blocks of pixels, the network's and a preview's; then these three.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import json
import os
import signal
import struct
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from kenali.appearance import appearance
from kenali.errors import PhotoError
from kenali.images import decode, draft_side, preprocess
from kenali.types import Preprocessing

QUESTION = struct.Struct("<II")
ANSWER = struct.Struct("<III")
PREVIEW_SIDE = 360
"""The long side of a preview, in pixels."""

_OPEN_FILES = 3  # stdin, stdout, stderr
_ORIENTATION = 0x0112
_SAMPLES = (
    ("JPEG", "RGB"),
    ("JPEG", "CMYK"),
    ("PNG", "RGBA"),
    ("PNG", "I;16"),
    ("WEBP", "RGB"),
    ("BMP", "L"),
    ("TIFF", "RGB"),
    ("TIFF", "LAB"),
    ("GIF", "P"),
    ("PPM", "RGB"),
)


def header_of(preprocessing: Preprocessing, max_pixels: int, preview: bool, measure: bool) -> bytes:
    """The JSON header of a question."""
    asked = {"preprocessing": asdict(preprocessing), "max_pixels": max_pixels, "preview": preview, "measure": measure}
    return json.dumps(asked).encode()


def answer(header: bytes, data: bytes) -> list[bytes]:
    """The parts of the answer to a question: its lengths, its JSON header and its pixels."""
    try:
        said, pixels, preview = _decoded(json.loads(header), data)
    except PhotoError as error:
        said, pixels, preview = {"reason": error.reason, "detail": error.detail}, b"", b""
    except MemoryError:
        detail = "decoding it takes more memory than one photo may have"
        said, pixels, preview = {"reason": "too-much-memory", "detail": detail}, b"", b""
    head = json.dumps(said).encode()
    return [ANSWER.pack(len(head), len(pixels), len(preview)), head, pixels, preview]


def _decoded(asked: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    preprocessing = Preprocessing(**asked["preprocessing"] | {"image_size": tuple(asked["preprocessing"]["image_size"])})
    photo = decode(data, min_side=draft_side(preprocessing), max_pixels=asked["max_pixels"])
    pixels = preprocess(photo.image, preprocessing)
    said: dict[str, Any] = {"size_px": photo.size_px, "format": photo.format}
    if asked["measure"]:
        said["appearance"] = asdict(appearance(photo.image))
    preview = b""
    if asked["preview"]:
        scale = PREVIEW_SIDE / max(photo.image.size)
        width, height = (max(1, round(side * scale)) for side in photo.image.size)
        preview = photo.image.resize((width, height)).tobytes()
        said["preview_px"] = (height, width)
    return said, pixels.tobytes(), preview


def main() -> None:
    """Answer questions until stdin ends; the arguments are the memory in bytes and the seconds that a photo may take."""
    memory_bytes, patience_s = int(sys.argv[1]), float(sys.argv[2])
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # whoever runs the server means the server
        with contextlib.suppress(AttributeError, ValueError):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    questions, answers = os.fdopen(0, "rb"), os.fdopen(1, "wb", buffering=0)
    _warm_up()
    _confine(memory_bytes)
    with contextlib.suppress(OSError, EOFError):
        _write(answers, ANSWER.pack(0, 0, 0))
        while True:
            header_bytes, file_bytes = QUESTION.unpack(_read(questions, QUESTION.size))
            header, data = _read(questions, header_bytes), _read(questions, file_bytes)
            faulthandler.dump_traceback_later(patience_s, exit=True)
            parts = answer(header, data)
            faulthandler.cancel_dump_traceback_later()
            for part in parts:
                _write(answers, part)
            del data, parts
    os._exit(0)


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _write(stream: io.FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) or 0 :]


def _warm_up() -> None:
    """Have every module in memory that decoding may ask for, since none can be read from disk later."""
    from PIL import Image

    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    for file_format, mode in _SAMPLES:
        buffer = io.BytesIO()
        Image.new(mode, (8, 8)).save(buffer, file_format, exif=exif.tobytes())
        decode(buffer.getvalue())


def _confine(memory_bytes: int) -> None:
    """Where the system allows it: a cap on memory beyond what is in use, and no file, socket or core dump."""
    if sys.platform == "win32":
        return
    import resource

    limits = {"RLIMIT_NOFILE": _OPEN_FILES, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm") as status:  # noqa: PTH123 - Linux alone has it
            in_use = int(status.read().split()[0]) * resource.getpagesize()
        limits["RLIMIT_AS"] = in_use + memory_bytes
    for name, limit in limits.items():
        with contextlib.suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, name), (limit, limit))


if __name__ == "__main__":
    main()
