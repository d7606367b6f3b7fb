"""One decoder: a process that turns the bytes of image files into pixels, and the pipes to it.

Pipes are plain and portable, and at the sizes of photos lose little to shared memory: `benchmarks/serve_engine.py`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

import numpy as np

from kenali.appearance import Appearance
from kenali.errors import KenaliError, PhotoError
from kenali.serve.decode_worker import (
    ANSWER,
    PIPE_BYTES,
    PREVIEW_SIDE,
    QUESTION,
    Wanted,
    Whole,
    header_of,
    read_exactly,
    write_parts,
)
from kenali.types import Pixels

_STARTUP_S = 60.0  # a decoder imports NumPy and Pillow; on a busy machine that takes seconds
_GRACE_S = 2.0  # a decoder left alone ends itself this long after its time
_HEADER_BYTES = 64 * 1024
_PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPhoto:
    """A photo as it is wanted: `pixels` uint8 (h, w, c); `size_px` is (height, width) of the whole photo.

    Where they were asked for: `appearance` measures the photo, `preview` uint8 (h', w', 3) is the whole of it with a long side
    of 360 pixels.
    """

    pixels: Pixels
    size_px: tuple[int, int]
    format: str
    appearance: Appearance | None = None
    preview: Pixels | None = None


class DecoderDied(Exception):
    """The decoder ended before it answered; `late` where that was because its time was over."""

    def __init__(self, late: bool) -> None:
        super().__init__("late" if late else "died")
        self.late = late


class Decoder:
    """Answers one question at a time, of one thread; `kill` and `kill_if_late` may be called from others."""

    def __init__(self, *, timeout_s: float, memory_bytes: int, max_pixels: int) -> None:
        """Start the process. Raises KenaliError when it cannot work."""
        self._timeout_s = timeout_s
        self._max_pixels = max_pixels
        self._headers: dict[tuple[Wanted, bool, bool], bytes] = {}
        self._lock = threading.Lock()
        self._deadline: float | None = None
        try:
            self._process = _start(memory_bytes, timeout_s + _GRACE_S)
        except OSError as error:
            raise KenaliError(f"a decoder cannot be started ({error})") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._questions: IO[bytes] = self._process.stdin
        assert isinstance(self._process.stdout, io.FileIO)
        self._answers: BinaryIO = io.BufferedReader(self._process.stdout, PIPE_BYTES)

    def wait(self) -> None:
        """Wait for its first sign of life. Raises KenaliError when there is none."""
        try:
            with self._within(_STARTUP_S):
                read_exactly(self._answers, ANSWER.size)
        except (EOFError, OSError):
            raise KenaliError("a decoder ended before it could work") from None

    @property
    def pid(self) -> int | None:
        """The process id; None once it has ended."""
        return self._process.pid if self._process.poll() is None else None

    def ask(self, data: bytes, wanted: Wanted, preview: bool, measure: bool) -> DecodedPhoto:
        """Decode one file. Raises PhotoError with the reason, DecoderDied when there was no answer that makes sense."""
        header = self._header(wanted, preview, measure)
        begun = time.monotonic()
        try:
            with self._within(self._timeout_s):
                write_parts(self._questions, [QUESTION.pack(len(header), len(data)) + header, data])
                said, pixels, seen = self._answer(wanted)
            if "reason" not in said:
                return _photo(said, pixels, seen, wanted)
            refusal = PhotoError(str(said["reason"]), str(said["detail"]))
        except (EOFError, OSError, ValueError, KeyError, TypeError):
            raise DecoderDied(late=time.monotonic() - begun >= self._timeout_s) from None
        raise refusal

    def kill(self) -> None:
        self._process.kill()

    def kill_if_late(self) -> None:
        """To be called now and then: ends the process when it exceeds its time."""
        with self._lock:
            if self._deadline is not None and time.monotonic() > self._deadline:
                self._process.kill()

    def end(self) -> None:
        """End the process and everything that belongs to it."""
        self._process.kill()
        for pipe in (self._questions, self._answers):
            with contextlib.suppress(OSError):
                pipe.close()
        self._process.wait()

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        with self._lock:
            self._deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            with self._lock:
                self._deadline = None

    def _header(self, wanted: Wanted, preview: bool, measure: bool) -> bytes:
        key = wanted, preview, measure
        if key not in self._headers:
            self._headers[key] = header_of(wanted, self._max_pixels, preview, measure)
        return self._headers[key]

    def _answer(self, wanted: Wanted) -> tuple[dict[str, Any], bytes, bytes]:
        """An answer's header, pixels and preview. A decoder is believed only as far as their lengths can be."""
        header_bytes, pixel_bytes, preview_bytes = ANSWER.unpack(read_exactly(self._answers, ANSWER.size))
        if header_bytes > _HEADER_BYTES or pixel_bytes > _most_bytes(wanted) or preview_bytes > 3 * PREVIEW_SIDE**2:
            raise EOFError
        said = json.loads(read_exactly(self._answers, header_bytes))
        return said, read_exactly(self._answers, pixel_bytes), read_exactly(self._answers, preview_bytes)


def _most_bytes(wanted: Wanted) -> int:
    """The most that the pixels of a photo may take."""
    if isinstance(wanted, Whole):
        return 3 * wanted.side**2
    height, width = wanted.image_size
    return height * width * wanted.channels


def _photo(said: dict[str, Any], pixels: bytes, preview: bytes, wanted: Wanted) -> DecodedPhoto:
    shape = tuple(said["shape"])
    expected = (*shape[:2], 3) if isinstance(wanted, Whole) else (*wanted.image_size, wanted.channels)
    if shape != expected or min(shape) < 1:
        raise ValueError("these are not the pixels that were wanted")
    height, width = said["size_px"]
    measured = said.get("appearance")
    return DecodedPhoto(
        pixels=np.frombuffer(pixels, np.uint8).reshape(shape),
        size_px=(int(height), int(width)),
        format=str(said["format"]),
        appearance=Appearance(**{name: float(value) for name, value in measured.items()}) if measured else None,
        preview=np.frombuffer(preview, np.uint8).reshape((*said["preview_px"], 3)) if preview else None,
    )


def _start(memory_bytes: int, patience_s: float) -> subprocess.Popen[bytes]:
    """A decoder of its own process group, so that Ctrl-C in a terminal reaches the server alone, with a small environment."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", "kenali.serve.decode_worker", str(memory_bytes), str(patience_s)]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(
            command, bufsize=0, stdin=pipe, stdout=pipe, stderr=nothing, env=environment, creationflags=flags
        )
    process = subprocess.Popen(command, bufsize=0, stdin=pipe, stdout=pipe, stderr=nothing, env=environment, process_group=0)
    _widen(process.stdin)
    _widen(process.stdout)
    return process


def _widen(pipe: IO[bytes] | None) -> None:
    """A pipe that holds a megabyte, where the system has such: a photo then crosses in a few steps."""
    if sys.platform == "linux" and pipe is not None:
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
