"""Damaged images: each is answered by pixels or by a reason, the same that Kenali gives elsewhere.

More of them: `benchmarks/fuzz_decoding.py`.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from kenali.errors import PhotoError
from kenali.images import MAX_PIXELS, decode, draft_side, preprocess
from kenali.serve.decode_worker import scaled_within
from kenali.serve.decoding import DecodeCrew, Whole
from kenali.types import Preprocessing
from tests.serve.mutations import mutant, whole_files

IMAGES = 1200
PREPROCESSING = Preprocessing((32, 32))
WHOLE = Whole(600)


def here(data: bytes, wanted: Preprocessing | Whole = PREPROCESSING) -> bytes | str:
    """The pixels, or the reason and its sentence, as this process finds them."""
    try:
        if isinstance(wanted, Whole):
            return scaled_within(decode(data).image, wanted.side).tobytes()
        return preprocess(decode(data, min_side=draft_side(wanted)).image, wanted).tobytes()
    except PhotoError as error:
        return f"{error.reason}: {error.detail}"


def wanted_for(number: int) -> Preprocessing | Whole:
    """Some photos are wanted whole, as for faces."""
    return WHOLE if number % 4 == 0 else PREPROCESSING


def test_damaged_images_end_as_pixels_or_with_a_reason() -> None:
    outcomes: Counter[str] = Counter()

    async def outcome(crew: DecodeCrew, number: int) -> bytes | str:
        try:
            return (
                await crew.decode(mutant(number), wanted_for(number), preview=number % 3 == 0, measure=number % 2 == 0)
            ).pixels.tobytes()
        except PhotoError as error:
            outcomes[error.reason] += 1
            return f"{error.reason}: {error.detail}"

    async def main() -> list[bytes | str]:
        crew = DecodeCrew(2, timeout_s=30, memory_bytes=1024**3, max_pixels=MAX_PIXELS)
        await crew.start()
        pids = crew.pids
        try:
            return await asyncio.gather(*(outcome(crew, number) for number in range(IMAGES)))
        finally:
            assert crew.pids == pids
            assert not crew.kills
            crew.close()

    found = asyncio.run(main())
    assert set(outcomes) >= {"corrupt", "truncated", "not-an-image", "too-many-pixels", "unsupported-format", "animated"}
    assert sum(isinstance(one, bytes) for one in found) > IMAGES / 20
    assert not {one for one in found if isinstance(one, str) and one.endswith(": ")}
    assert found == [here(mutant(number), wanted_for(number)) for number in range(IMAGES)]


def test_sound_files_of_every_kind_are_read() -> None:
    """So that mutants are near to what is read."""
    refused = [here(data) for data in whole_files() if isinstance(here(data), str)]
    assert len(refused) < len(whole_files()) / 10
