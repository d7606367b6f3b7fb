"""What the models of one worker share: the decoders, the threads that networks run in, and the room for photos."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from kenali.serve.decoding import DecodeCrew
from kenali.serve.observations import Sampler
from kenali.serve.room import Room
from kenali.serve.settings import Settings

_SLOW_PHOTOS = 4  # explanations by occlusion at a time; each takes fifty predictions


class Engine:
    """One worker's means. `start` before use, `close` after.

    The crew's threads have photos decoded and run networks where a batch is one photo, as many at a time as the worker has
    cores. `threads` run networks on batches, and on faces; what takes much longer than a prediction runs in the one thread
    `slow`, so that it never delays many, and only while there is `slow_room`. `sampler` says which photos to measure.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.sampler = Sampler()
        self.room = Room(settings.queue)
        self.slow_room = Room(_SLOW_PHOTOS)
        self.runners = settings.worker_cores
        self.threads = ThreadPoolExecutor(self.runners, thread_name_prefix="kenali-network")
        self.slow = ThreadPoolExecutor(1, thread_name_prefix="kenali-slow")
        self.crew = DecodeCrew(
            settings.decoders or settings.worker_cores,
            timeout_s=settings.decode_timeout_s,
            memory_bytes=settings.decode_memory_bytes,
            max_pixels=settings.max_pixels,
        )

    async def start(self) -> None:
        """Start the decoders. Raises KenaliError when they cannot."""
        await self.crew.start()

    def close(self) -> None:
        """End decoders and threads; what runs in a network ends first."""
        for threads in (self.slow, self.threads):
            threads.shutdown(wait=True, cancel_futures=True)
        self.crew.close()
