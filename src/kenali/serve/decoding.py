"""Decoding by a crew of killable processes: a hostile file costs the server one of them for a moment, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from kenali.errors import KenaliError, PhotoError
from kenali.serve.decode_worker import Wanted, Whole
from kenali.serve.decoder import DecodedPhoto, Decoder, DecoderDied
from kenali.serve.room import Busy

__all__ = ["DecodeCrew", "DecodedPhoto", "Whole"]

log = logging.getLogger(__name__)

_WATCH_S = 0.05
_RETRY_S = 1.0


@dataclass(slots=True, eq=False)
class _Job:
    data: bytes
    wanted: Wanted
    preview: bool
    measure: bool
    future: Future[DecodedPhoto]


class DecodeCrew:
    """Decoders, a thread for each that hands it photos, and one more that ends what exceeds its time. `start` before use.

    `kills` counts the decoders that were replaced, by why: `timeout` or `died`.
    """

    def __init__(self, decoders: int, *, timeout_s: float, memory_bytes: int, max_pixels: int) -> None:
        self.kills: Counter[str] = Counter()
        self._timeout_s = timeout_s
        self._hire = partial(Decoder, timeout_s=timeout_s, memory_bytes=memory_bytes, max_pixels=max_pixels)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._changing = threading.Lock()
        self._decoders: list[Decoder | None] = [None] * decoders
        self._ready: list[Future[None]] = [Future() for _ in range(decoders)]
        self._threads = [
            threading.Thread(target=self._work, args=(seat,), name=f"kenali-decode-{seat}", daemon=True)
            for seat in range(decoders)
        ]
        self._watch = threading.Thread(target=self._end_the_late, name="kenali-decode-watch", daemon=True)

    async def start(self) -> None:
        """Start every decoder and wait until all can work. Raises KenaliError when one cannot."""
        for thread in (*self._threads, self._watch):
            thread.start()
        try:
            await asyncio.gather(*(asyncio.wrap_future(ready) for ready in self._ready))
        except BaseException:
            self.close()
            raise

    async def decode(self, data: bytes, wanted: Wanted, *, preview: bool = False, measure: bool = False) -> DecodedPhoto:
        """The pixels of the bytes of an image file.

        Raises what `begin` tells of. A photo whose caller is cancelled while it waits is not begun.
        """
        return await asyncio.wrap_future(self.begin(data, wanted, preview=preview, measure=measure))

    def begin(self, data: bytes, wanted: Wanted, *, preview: bool = False, measure: bool = False) -> Future[DecodedPhoto]:
        """A future of the pixels of the bytes of an image file, which may be cancelled until a decoder takes them.

        It raises PhotoError with the reason; besides those of `kenali.images.decode`: `decode-timeout`, `too-much-memory`, and
        `decoder-died` where the file ended two decoders. Raises Busy, or the future does, when no decoder can be had.
        """
        if self._closing.is_set():
            raise Busy(_RETRY_S)
        job = _Job(data, wanted, preview, measure, Future())
        self._jobs.put(job)
        return job.future

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the decoders that live."""
        return tuple(pid for decoder in self._decoders if decoder is not None and (pid := decoder.pid) is not None)

    def close(self) -> None:
        """End every decoder; photos that wait are cancelled."""
        self._closing.set()
        with contextlib.suppress(queue.Empty):
            while job := self._jobs.get_nowait():
                job.future.cancel()
        with self._changing:
            for decoder in self._decoders:
                if decoder is not None:
                    decoder.kill()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in (*self._threads, self._watch):
            if thread.ident is not None:
                thread.join()

    def _end_the_late(self) -> None:
        while not self._closing.wait(_WATCH_S):
            for decoder in self._decoders:
                if decoder is not None:
                    decoder.kill_if_late()

    def _work(self, seat: int) -> None:
        """The thread of one decoder."""
        try:
            self._take_seat(seat)
            self._ready[seat].set_result(None)
            while (job := self._jobs.get()) is not None:
                if job.future.set_running_or_notify_cancel():
                    self._do(seat, job)
                del job  # its photo, while the thread waits for the next
        except Exception as error:
            self._ready[seat].set_exception(error)
        finally:
            self._leave_seat(seat)

    def _do(self, seat: int, job: _Job) -> None:
        try:
            job.future.set_result(self._decoded(seat, job))
        except Exception as error:
            job.future.set_exception(error)

    def _decoded(self, seat: int, job: _Job) -> DecodedPhoto:
        """A decoder may die for reasons of its own (the system ran out of memory, say): a fresh one tries once more."""
        for _ in range(2):
            try:
                decoder = self._decoders[seat] or self._take_seat(seat)
            except KenaliError:
                log.warning("no decoder can be started", exc_info=True)
                raise Busy(_RETRY_S) from None
            try:
                return decoder.ask(job.data, job.wanted, job.preview, job.measure)
            except DecoderDied as death:
                self._leave_seat(seat)
                if self._closing.is_set():
                    raise Busy(_RETRY_S) from None
                self.kills["timeout" if death.late else "died"] += 1
                if death.late:
                    raise PhotoError("decode-timeout", f"decoding it took longer than {self._timeout_s:g} s") from None
        raise PhotoError("decoder-died", "decoding it ended the decoder, twice")

    def _take_seat(self, seat: int) -> Decoder:
        with self._changing:
            if self._closing.is_set():
                raise KenaliError("the server is closing")
            decoder = self._decoders[seat] = self._hire()
        try:
            decoder.wait()
        except KenaliError:
            self._leave_seat(seat)
            raise
        return decoder

    def _leave_seat(self, seat: int) -> None:
        with self._changing:
            decoder, self._decoders[seat] = self._decoders[seat], None
        if decoder is not None:
            decoder.end()
