"""Decoders give what Kenali's own decoding gives, and nothing that a file does to one of them reaches the server."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kenali.errors import PhotoError
from kenali.images import MAX_PIXELS, decode, draft_side, preprocess
from kenali.photos.audit import examine
from kenali.serve.decode_worker import ANSWER, PREVIEW_SIDE
from kenali.serve.decoding import DecodeCrew, Whole
from kenali.types import Preprocessing
from tests.conftest import encoded, picture

PREPROCESSING = Preprocessing((48, 64), crop_pct=0.9)
MEMORY = 1024**3


def with_crew(
    body: Callable[[DecodeCrew], Awaitable[None]], *, decoders: int = 1, timeout_s: float = 20, memory_bytes: int = MEMORY
) -> DecodeCrew:
    """Run `body` with a crew; afterwards none of its processes is left."""

    async def main() -> DecodeCrew:
        crew = DecodeCrew(decoders, timeout_s=timeout_s, memory_bytes=memory_bytes, max_pixels=MAX_PIXELS)
        await crew.start()
        try:
            await body(crew)
        finally:
            crew.close()
        return crew

    crew = asyncio.run(main())
    assert crew.pids == ()
    return crew


async def reason_of(crew: DecodeCrew, data: bytes) -> str:
    with pytest.raises(PhotoError) as caught:
        await crew.decode(data, PREPROCESSING)
    assert caught.value.detail
    return caught.value.reason


def large_png(side: int) -> bytes:
    """A white grey-with-alpha PNG that is tiny as a file and large as pixels."""
    buffer = io.BytesIO()
    Image.new("LA", (side, side), (255, 200)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def test_every_format_as_kenali_decodes_it() -> None:
    async def body(crew: DecodeCrew) -> None:
        for file_format in ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM"):
            data = encoded(picture(3, (700, 900)), file_format)
            expected = preprocess(decode(data, min_side=draft_side(PREPROCESSING)).image, PREPROCESSING)
            photo = await crew.decode(data, PREPROCESSING, measure=True)
            assert np.array_equal(photo.pixels, expected)
            assert (photo.size_px, photo.format, photo.preview) == ((700, 900), file_format, None)
            assert photo.appearance == examine(decode(data, min_side=draft_side(PREPROCESSING))).appearance
        assert (await crew.decode(data, PREPROCESSING)).appearance is None

    with_crew(body)


def test_grey_networks_and_previews() -> None:
    grey = Preprocessing((20, 30), channels=1, resize="letterbox")

    async def body(crew: DecodeCrew) -> None:
        photo = await crew.decode(encoded(picture(4, (60, 90)), "PNG"), grey, preview=True)
        assert photo.pixels.shape == (20, 30, 1)
        assert photo.preview is not None
        assert photo.preview.shape == (240, PREVIEW_SIDE, 3)

    with_crew(body)


def test_whole_photos_as_they_are_or_scaled_down() -> None:
    async def body(crew: DecodeCrew) -> None:
        data = encoded(picture(3, (300, 500)), "JPEG")
        whole = await crew.decode(data, Whole(500))
        assert np.array_equal(whole.pixels, np.asarray(decode(data).image))
        small = await crew.decode(data, Whole(250))
        assert (small.pixels.shape, small.size_px) == ((150, 250, 3), (300, 500))
        line = await crew.decode(encoded(picture(4, (2, 900)), "PNG"), Whole(64))
        assert line.pixels.shape == (1, 64, 3)

    with_crew(body)


def test_bad_files_get_their_reason_and_the_decoder_stays() -> None:
    whole = encoded(picture(5), "JPEG")
    bad = {
        b"": "empty-file",
        b"hello": "not-an-image",
        whole[: len(whole) // 2]: "truncated",
        encoded(Image.new("1", (9460, 9460))): "too-many-pixels",
        encoded(picture(6), "GIF", save_all=True, append_images=[picture(7)]): "animated",
    }

    async def body(crew: DecodeCrew) -> None:
        pids = crew.pids
        for data, reason in bad.items():
            assert await reason_of(crew, data) == reason
        assert crew.pids == pids

    assert not with_crew(body).kills


def test_a_photo_that_takes_too_long_is_given_up() -> None:
    """A decoder that was stopped stands for one that hangs."""

    async def body(crew: DecodeCrew) -> None:
        (pid,) = crew.pids
        os.kill(pid, signal.SIGSTOP)
        assert await reason_of(crew, encoded(picture(8))) == "decode-timeout"
        assert (await crew.decode(encoded(picture(8)), PREPROCESSING)).format == "JPEG"
        assert pid not in crew.pids

    if sys.platform == "win32":
        pytest.skip("processes cannot be stopped here")
    assert with_crew(body, timeout_s=2.0).kills == {"timeout": 1}


def test_a_photo_that_takes_too_much_memory_is_refused() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells what a process has in use already")

    async def body(crew: DecodeCrew) -> None:
        assert await reason_of(crew, large_png(5000)) in ("too-much-memory", "corrupt")
        assert (await crew.decode(encoded(picture(9)), PREPROCESSING)).format == "JPEG"

    with_crew(body, memory_bytes=64 * 1024**2)


def test_a_dead_decoder_costs_nothing_but_time() -> None:
    async def body(crew: DecodeCrew) -> None:
        first = crew.pids
        for pid in first:
            os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        photos = await asyncio.gather(*(crew.decode(encoded(picture(seed)), PREPROCESSING) for seed in range(6)))
        assert len(photos) == 6
        assert not set(first) & set(crew.pids)

    assert with_crew(body, decoders=2).kills["died"] >= 1


def test_a_file_that_kills_decoders_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that answers nonsense is not believed; a file that makes two do so is to blame."""
    monkeypatch.setattr("kenali.serve.decoder.ANSWER", type("Nonsense", (), {"size": ANSWER.size, "unpack": nonsense}))

    async def body(crew: DecodeCrew) -> None:
        assert await reason_of(crew, encoded(picture(9))) == "decoder-died"

    assert with_crew(body).kills == {"died": 2}


def nonsense(_: bytes) -> tuple[int, int, int]:
    return 1, 2, 3


def test_photos_of_callers_who_left_are_not_begun() -> None:
    async def body(crew: DecodeCrew) -> None:
        tasks = [asyncio.create_task(crew.decode(encoded(picture(seed, (900, 900))), PREPROCESSING)) for seed in range(8)]
        await asyncio.sleep(0)
        for task in tasks[:-1]:
            task.cancel()
        assert (await tasks[-1]).format == "JPEG"
        assert all(task.cancelled() for task in tasks[:-1])

    with_crew(body)


def test_decoders_can_open_nothing() -> None:
    """Once it runs, a decoder has only the pipes to the server."""
    if sys.platform != "linux":
        pytest.skip("only Linux shows another process's limits")

    async def body(crew: DecodeCrew) -> None:
        (pid,) = crew.pids
        status = Path("/proc", str(pid))
        lines = (status / "limits").read_text(encoding="ascii").splitlines()
        limits = {line[:26].strip(): line[26:].split()[:2] for line in lines}
        assert limits["Max open files"] == ["3", "3"]
        assert limits["Max file size"] == ["0", "0"]
        assert limits["Max address space"] != ["unlimited", "unlimited"]
        assert b"HOME=" not in (status / "environ").read_bytes()

    with_crew(body)


def test_a_bomb_within_the_pixel_cap_leaves_the_crew_at_work() -> None:
    async def body(crew: DecodeCrew) -> None:
        photo = await crew.decode(large_png(3000), PREPROCESSING)
        assert photo.size_px == (3000, 3000)

    with_crew(body)
