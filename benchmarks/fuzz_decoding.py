"""Damaged images through the decoders of `kenali serve`: each must end as pixels or as an error with a reason, in time.

    python benchmarks/fuzz_decoding.py [--images 100000] [--first 0] [--decoders 2] [--timeout 10] [--keep FOLDER]

Prints the outcomes by reason, how many decoders were replaced, the slowest image, and the commonest details. Exit 1 when an
image had no answer of either kind, took longer than the timeout allows, or was refused for what a decoder lacks. `--keep` saves
images that ended a decoder or were slow.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from collections import Counter
from pathlib import Path

from measure import save

from kenali.errors import PhotoError
from kenali.serve.decoding import DecodeCrew
from kenali.serve.settings import Settings
from kenali.types import Preprocessing
from tests.serve.mutations import mutant, whole_files

_SLOW_S = 2.0
_SLACK_S = 5.0  # for a new decoder to start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--decoders", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=10.0)
    parser.add_argument("--keep", type=Path)
    sys.exit(asyncio.run(_fuzz(parser.parse_args())))


async def _fuzz(options: argparse.Namespace) -> int:
    usual = Settings(bundles=())
    crew = DecodeCrew(
        options.decoders,
        timeout_s=options.timeout,
        memory_bytes=usual.decode_memory_bytes,
        max_pixels=usual.max_pixels,
    )
    await crew.start()
    first_pids = set(crew.pids)
    outcomes: Counter[str] = Counter()
    details: Counter[str] = Counter()
    failures: list[str] = []
    slowest = (0.0, 0)
    numbers = iter(range(options.first, options.first + options.images))

    async def client() -> None:
        nonlocal slowest
        for number in numbers:
            data = mutant(number)
            begun = time.monotonic()
            outcome = "decoded"
            try:
                photo = await crew.decode(data, Preprocessing((64, 64)), preview=number % 3 == 0, measure=number % 2 == 0)
                if photo.pixels.shape != (64, 64, 3):
                    failures.append(f"{number}: pixels of shape {photo.pixels.shape}")
            except PhotoError as error:
                outcome = error.reason
                if re.search("open files|No module|cannot import", error.detail):
                    failures.append(f"{number}: {error.detail}")
                details[f"{error.reason}: {re.sub('[0-9]+', 'N', error.detail)[:100]}"] += 1
            except Exception as error:
                failures.append(f"{number}: {error!r}")
            took = time.monotonic() - begun
            slowest = max(slowest, (took, number))
            outcomes[outcome] += 1
            if took > options.timeout + _SLACK_S:
                failures.append(f"{number}: {took:.1f} s")
            if options.keep and (took > _SLOW_S or outcome in ("decoder-died", "decode-timeout")):
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{number}-{outcome}.bin").write_bytes(data)

    begun = time.monotonic()
    await asyncio.gather(*(client() for _ in range(2 * options.decoders)))
    took = time.monotonic() - begun
    stayed = len(first_pids & set(crew.pids))
    crew.close()
    print(
        f"{options.images:,} images from {len(whole_files())} sound ones in {took:.0f} s ({options.images / took:.0f} a second)"
    )
    for outcome, count in outcomes.most_common():
        print(f"  {outcome:<20} {count:>8,}")
    print(f"decoders replaced: {dict(crew.kills)}; {stayed} of {options.decoders} worked from the first image to the last")
    print(f"slowest: {slowest[0]:.2f} s (number {slowest[1]})")
    for detail, count in details.most_common(60):
        print(f"  {count:>7,}  {detail}")
    save("fuzz_decoding", [{"images": options.images, "first": options.first, "failures": len(failures), **outcomes}])
    for failure in failures:
        print(f"FAILED {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    main()
