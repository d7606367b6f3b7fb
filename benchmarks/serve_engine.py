"""What the engine of `kenali serve` costs: its crew of decoders and its batcher, against decoding and the network alone.

    python benchmarks/serve_engine.py BUNDLE PHOTOS [--photos 400] [--rounds 5]

Without HTTP, in one process. The limit is the same photos decoded and answered by one thread a core, as `kenali predict` does.
Rounds alternate, so that a busy moment of the machine meets both; medians are printed. Further lines: one photo at a time, and
what it costs to hand a photo's bytes to another process and pixels back, over pipes and over shared memory.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import io
import mmap
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from kenali.inputs import photo_inputs
from kenali.parallel import cores, map_in_order
from kenali.predict import Classifier
from kenali.serve.registry import Registry
from kenali.serve.settings import BundleSpec, Settings

_ANSWER_BYTES = 224 * 224 * 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    every = list(photo_inputs([str(options.folder)]))
    photos = [photo.read() for photo in every[:: max(1, len(every) // options.photos)][: options.photos]]
    print(f"{len(photos)} photos, {sum(map(len, photos)) / len(photos) / 1024:.0f} KB each in the mean, {cores()} cores")
    with tempfile.TemporaryDirectory() as state:
        asyncio.run(_compared(options.bundle, photos, options.rounds, Path(state)))
    for what, some in (("the photos", photos), ("photos of 5 MB", [os.urandom(5_000_000)] * 50)):
        print(f"{what}: {', '.join(_transports(some))}")


async def _compared(bundle: Path, photos: list[bytes], rounds: int, state: Path) -> None:
    classifier = Classifier.load(bundle)
    registry = Registry(Settings((BundleSpec("model", bundle),), workers=1, state=state))
    await registry.start()
    model = registry.get("model")

    async def served(at_once: int) -> float:
        rest = iter(photos)

        async def client() -> None:
            for data in rest:
                (prediction,) = await model.predict([("photo", data)])
                assert prediction.error is None

        begun = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(at_once)))
        return time.perf_counter() - begun

    def alone(threads: int) -> float:
        begun = time.perf_counter()
        for _ in map_in_order(classifier.predict, photos, threads):
            pass
        return time.perf_counter() - begun

    for threads, clients in ((1, 1), (cores(), 4 * cores())):
        rows = []
        for _ in range(rounds):
            limit_cpu = _cpu_s(())
            limit = await asyncio.to_thread(alone, threads)
            engine_cpu = _cpu_s(registry.engine.crew.pids)
            limit_cpu = _cpu_s(()) - limit_cpu
            engine = await served(clients)
            rows.append((limit, engine, limit_cpu, _cpu_s(registry.engine.crew.pids) - engine_cpu))
        limit, engine, limit_cpu, engine_cpu = (
            1000 * statistics.median(times) / len(photos) for times in zip(*rows, strict=True)
        )
        print(
            f"{clients} client(s): {engine:.2f} ms a photo, {engine_cpu:.2f} ms of processor; {threads} thread(s) alone: "
            f"{limit:.2f} and {limit_cpu:.2f}; throughput {limit / engine:.3f}, processor {engine_cpu / limit_cpu:.3f} of that"
        )
    await registry.close()


def _cpu_s(pids: tuple[int, ...]) -> float:
    """Seconds of processor that this process and some others have used; Linux alone tells of others."""
    ticks = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13] for pid in pids]
    return time.process_time() + sum(int(tick) for pair in ticks for tick in pair) / os.sysconf("SC_CLK_TCK")


def _transports(photos: list[bytes]) -> Iterator[str]:
    """Hand each photo to a process that copies all of it and answers with pixels, as a decoder does, but decodes nothing."""
    for name, shared in (("pipes", False), ("shared memory", True)):
        times = []
        with _Echo(max(map(len, photos)), shared) as ask:
            for data in photos:
                begun = time.perf_counter()
                ask(data)
                times.append(time.perf_counter() - begun)
        yield f"{1e6 * statistics.median(times):.0f} us there and back over {name}"


class _Echo:
    """A forked process behind two pipes; with `shared` the bytes go through memory, and only their number by pipe."""

    def __init__(self, most: int, shared: bool) -> None:
        self._shared = shared
        self._memory = mmap.mmap(-1, max(most, _ANSWER_BYTES))
        ours, theirs = os.pipe(), os.pipe()
        self._child = os.fork()
        if self._child == 0:
            os.close(ours[1])
            os.close(theirs[0])
            self._serve(os.fdopen(ours[0], "rb"), os.fdopen(theirs[1], "wb", buffering=0))
        os.close(ours[0])
        os.close(theirs[1])
        self._out, self._in = os.fdopen(ours[1], "wb", buffering=0), os.fdopen(theirs[0], "rb")
        for pipe in (self._out, self._in):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1024 * 1024)

    def __enter__(self) -> Callable[[bytes], bytes]:
        return self._ask

    def __exit__(self, *_: object) -> None:
        self._out.close()
        self._in.close()
        os.waitpid(self._child, 0)

    def _ask(self, data: bytes) -> bytes:
        self._out.write(len(data).to_bytes(4))
        if self._shared:
            self._memory[: len(data)] = data
            self._out.write(b"!")
            self._in.read(1)
            return self._memory[:_ANSWER_BYTES]
        _write(self._out, data)
        return self._in.read(_ANSWER_BYTES)

    def _serve(self, questions: BinaryIO, answers: io.FileIO) -> None:
        pixels = bytes(_ANSWER_BYTES)
        while head := questions.read(4):
            size = int.from_bytes(head)
            if self._shared:
                questions.read(1)
                _ = self._memory[:size]
                self._memory[:_ANSWER_BYTES] = pixels
                answers.write(b"!")
            else:
                questions.read(size)
                _write(answers, pixels)
        os._exit(0)


def _write(pipe: io.FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[pipe.write(rest) or 0 :]


if __name__ == "__main__":
    main()
