"""The program of a decoder: photos in on stdin, pixels out on stdout, one at a time, with little it could do besides.

It is started by `DecodeCrew` and holds no secrets: a small environment, no file or socket to open, a cap on memory. It ends
when its stdin does, so when the server has gone, and also by itself when one photo takes far too long.

A question is `QUESTION`: the lengths of a JSON header and of the file; then both. An answer is `ANSWER`: the lengths of a JSON
header and of two blocks of pixels, those that were wanted and a preview's; then these three.
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
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from typing import Any, BinaryIO

from PIL import Image

from kenali.allocator import keep_large_buffers
from kenali.appearance import appearance
from kenali.errors import PhotoError
from kenali.images import decode, draft_side, preprocess
from kenali.types import Pixels, Preprocessing

QUESTION = struct.Struct("<II")
ANSWER = struct.Struct("<III")
PREVIEW_SIDE = 360
"""The long side of a preview, in pixels."""

PIPE_BYTES = 1024 * 1024
"""What a pipe holds, where the system lets it, and what is read from it at once: most photos cross in one step."""

KEPT_BYTES = 32 * 1024 * 1024
"""Freed buffers of up to this size stay with the process for the next photo; larger ones go back to the system."""

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


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole photo is wanted, in RGB, scaled down where its longer side has more than `side` pixels."""

    side: int


Wanted = Preprocessing | Whole
"""What a photo is to become: the pixels of a network, or the whole of it."""


def header_of(wanted: Wanted, max_pixels: int, preview: bool, measure: bool) -> bytes:
    """The JSON header of a question."""
    kind = "whole" if isinstance(wanted, Whole) else "preprocessing"
    return json.dumps({kind: asdict(wanted), "max_pixels": max_pixels, "preview": preview, "measure": measure}).encode()


def answer(header: bytes, data: bytes) -> list[bytes]:
    """The parts of the answer to a question: its lengths, its JSON header and its pixels."""
    try:
        said, pixels, preview = _decoded(*_asked(header), data)
    except PhotoError as error:
        said, pixels, preview = {"reason": error.reason, "detail": error.detail}, b"", b""
    except MemoryError:
        detail = "decoding it takes more memory than one photo may have"
        said, pixels, preview = {"reason": "too-much-memory", "detail": detail}, b"", b""
    head = json.dumps(said).encode()
    return [ANSWER.pack(len(head), len(pixels), len(preview)), head, pixels, preview]


@lru_cache(maxsize=64)  # a server asks in few ways
def _asked(header: bytes) -> tuple[Wanted, dict[str, Any]]:
    asked = json.loads(header)
    if "whole" in asked:
        return Whole(**asked["whole"]), asked
    size = tuple(asked["preprocessing"]["image_size"])
    return Preprocessing(**asked["preprocessing"] | {"image_size": size}), asked


def _decoded(wanted: Wanted, asked: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    min_side = None if isinstance(wanted, Whole) else draft_side(wanted)
    photo = decode(data, min_side=min_side, max_pixels=asked["max_pixels"])
    pixels: Pixels | Image.Image
    shape: tuple[int, ...]
    if isinstance(wanted, Whole):
        pixels = scaled_within(photo.image, wanted.side)
        shape = (pixels.height, pixels.width, 3)
    else:
        pixels = preprocess(photo.image, wanted)
        shape = pixels.shape
    said: dict[str, Any] = {"size_px": photo.size_px, "format": photo.format, "shape": shape}
    if asked["measure"]:
        said["appearance"] = asdict(appearance(photo.image))
    preview = b""
    if asked["preview"]:
        small = photo.image.resize(_scaled(photo.image.size, PREVIEW_SIDE))
        preview = small.tobytes()
        said["preview_px"] = (small.height, small.width)
    return said, pixels.tobytes(), preview


def scaled_within(image: Image.Image, side: int) -> Image.Image:
    """The picture, scaled down where its longer side has more than `side` pixels."""
    return image if max(image.size) <= side else image.resize(_scaled(image.size, side), Image.Resampling.BILINEAR)


def _scaled(size: tuple[int, int], side: int) -> tuple[int, int]:
    """(width, height) with `side` pixels for the longer one."""
    width, height = (max(1, round(length * side / max(size))) for length in size)
    return width, height


def main() -> None:
    """Answer questions until stdin ends; the arguments are the memory in bytes and the seconds that a photo may take."""
    memory_bytes, patience_s = int(sys.argv[1]), float(sys.argv[2])
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # whoever runs the server means the server
        with contextlib.suppress(AttributeError, ValueError):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    questions, answers = os.fdopen(0, "rb", PIPE_BYTES), os.fdopen(1, "wb", 0)
    keep_large_buffers(KEPT_BYTES)
    _warm_up()
    _confine(memory_bytes)
    end_after = _alarm()
    with contextlib.suppress(OSError, EOFError):
        write_parts(answers, [ANSWER.pack(0, 0, 0)])
        while True:
            header_bytes, file_bytes = QUESTION.unpack(read_exactly(questions, QUESTION.size))
            header, data = read_exactly(questions, header_bytes), read_exactly(questions, file_bytes)
            end_after(patience_s)
            parts = answer(header, data)
            end_after(0.0)
            write_parts(answers, parts)
            del data, parts
    os._exit(0)


def read_exactly(stream: BinaryIO, size: int) -> bytes:
    """So many bytes; EOFError where the other end closes before."""
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def write_parts(pipe: Any, parts: Sequence[bytes]) -> None:
    """Write all parts to an unbuffered pipe: where the system can, in one step, so that who waits for them wakes up once."""
    if sys.platform == "win32":
        _write(pipe, b"".join(parts))
        return
    written = os.writev(pipe.fileno(), parts)
    if written < sum(map(len, parts)):
        _write(pipe, b"".join(parts)[written:])


def _write(pipe: Any, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[pipe.write(rest) or 0 :]


def _alarm() -> Callable[[float], object]:
    """A function that has the system end this process after so many seconds, whatever it is busy with; 0 calls that off."""
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        return partial(signal.setitimer, signal.ITIMER_REAL)

    def by_thread(seconds: float) -> None:
        if seconds:
            faulthandler.dump_traceback_later(seconds, exit=True)
        else:
            faulthandler.cancel_dump_traceback_later()

    return by_thread


def _warm_up() -> None:
    """Have every module in memory that decoding may ask for, since none can be read from disk later."""
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
