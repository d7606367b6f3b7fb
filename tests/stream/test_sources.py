"""Sources: folders, video files, network cameras; what they show, and what they say when they cannot."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from kenali.errors import KenaliError
from kenali.stream import video as videos
from kenali.stream.sources import Interrupted, PhotoFolder, Source, fitting, open_source
from kenali.stream.video import VideoFile, Webcam
from kenali.types import Pixels
from tests.conftest import draw_photo, picture
from tests.stream.broadcasting import motion_jpeg, rtsp, video


def seen(source: Source, side: int | None = None, most: int = 100) -> list[Pixels]:
    return [shot() for shot in islice(source.shots(side), most)]


def test_a_folder_shows_its_photos_by_name(tmp_path: Path) -> None:
    for number in (2, 0, 1):
        picture(number, (30, 20 + number)).save(tmp_path / f"{number}.png")
    (tmp_path / "below").mkdir()
    draw_photo(tmp_path / "below" / "a.jpg", 3, (50, 100))
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    (tmp_path / "notes.txt").write_text("no photo")
    source = PhotoFolder(tmp_path)
    assert [pixels.shape for pixels in seen(source)] == [(30, 20, 3), (30, 21, 3), (30, 22, 3), (50, 100, 3)]
    assert source.unreadable == 1
    assert np.array_equal(seen(source)[0], np.asarray(picture(0, (30, 20))))
    assert seen(source, side=40)[-1].shape == (20, 40, 3)


def test_a_folder_for_ever_shows_what_was_added(tmp_path: Path) -> None:
    draw_photo(tmp_path / "a.png", 1, (8, 8), "PNG")
    shots = PhotoFolder(tmp_path, loop=True).shots(None)
    assert next(shots)().shape == (8, 8, 3)
    assert next(shots)().shape == (8, 8, 3)
    draw_photo(tmp_path / "b.png", 2, (8, 9), "PNG")
    assert {next(shots)().shape, next(shots)().shape, next(shots)().shape} == {(8, 8, 3), (8, 9, 3)}


@pytest.mark.parametrize("loop", [True, False])
def test_a_folder_without_photos_is_told(tmp_path: Path, loop: bool) -> None:
    with pytest.raises(KenaliError, match="no photo"):
        seen(PhotoFolder(tmp_path, loop))


def test_a_video_shows_its_frames_at_its_pace(tmp_path: Path) -> None:
    (tmp_path / "gate 3.mp4").write_bytes(video(10, "mp4"))
    source = open_source(str(tmp_path / "gate 3.mp4"))
    assert source.name == "gate-3"
    assert source.pace == pytest.approx(25)
    frames = seen(source)
    assert [frame.shape for frame in frames] == [(48, 64, 3)] * 10
    assert [frame.mean() for frame in frames] == pytest.approx([4 * number for number in range(10)], abs=6)
    assert seen(source, side=32)[0].shape == (24, 32, 3)
    assert len(seen(open_source(str(tmp_path / "gate 3.mp4"), loop=True), most=25)) == 25


def test_a_file_that_is_no_video_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(Interrupted, match=r"a\.mp4"):
        open_source(str(tmp_path / "a.mp4"))


def test_a_video_of_which_no_frame_can_be_read_is_told_though_it_is_to_be_looped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.mp4").write_bytes(video(3, "mp4"))
    source = VideoFile(tmp_path / "a.mp4", loop=True)
    monkeypatch.setattr(videos, "_decoded", lambda *_: iter(()))
    with pytest.raises(KenaliError, match="no frame of"):
        next(source.shots(None))


def test_a_playlist_cannot_reach_beyond_files(tmp_path: Path) -> None:
    with motion_jpeg(1) as url:
        (tmp_path / "a.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n")
        with pytest.raises(Interrupted):
            seen(VideoFile(tmp_path / "a.m3u8"))


def test_a_huge_video_is_scaled_to_what_a_frame_may_have() -> None:
    assert fitting((100, 50), None) == (100, 50)
    assert fitting((100, 50), 20) == (20, 10)
    assert fitting((1, 5000), 100) == (1, 100)
    height, width = fitting((20_000, 10_000), None)
    assert height * width <= 16 * 1024 * 1024
    assert height == pytest.approx(2 * width, abs=2)


def test_motion_jpeg_over_http() -> None:
    with motion_jpeg(5) as url:
        source = open_source(url)
        assert source.live
        assert source.name == "127.0.0.1"
        frames = seen(source, most=5)
        with pytest.raises(Interrupted):  # the camera hung up
            seen(source)
    assert [frame.shape for frame in frames] == [(48, 64, 3)] * 5
    assert np.abs(frames[2].astype(int) - np.asarray(picture(2, (48, 64)))).mean() < 20


def test_rtsp() -> None:
    with rtsp(30) as url:
        frames = seen(open_source(url), most=29)  # the last may stay in the decoder when the camera hangs up
    assert len(frames) == 29
    assert frames[20].mean() == pytest.approx(80, abs=6)


def test_what_cannot_be_reached_is_told_without_its_password() -> None:
    with rtsp(1) as url:
        pass
    with pytest.raises(Interrupted, match=r"rtsp://127\.0\.0\.1:") as caught:
        seen(open_source(url))
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="webcams of Linux are files")
def test_webcams_by_number() -> None:
    source = open_source("250")
    assert isinstance(source, Webcam)
    assert source.live
    with pytest.raises(Interrupted, match="webcam 250: No such file"):
        seen(source)


def test_a_webcam_is_what_the_system_says_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg's own test picture in the place of a device that this machine has not."""
    monkeypatch.setattr(videos, "_device", lambda number: ("testsrc=size=64x48:rate=30:duration=0.2", "lavfi", {}))
    assert [frame.shape for frame in seen(open_source("0"))] == [(48, 64, 3)] * 6


@pytest.mark.parametrize(
    "text", ["nothing", "file:///etc/passwd", "concat://a", "rtsp://", "rtsp://a:b:c@gate:99999/", "http://[::1", "1000"]
)
def test_other_sources_are_refused(text: str) -> None:
    with pytest.raises(KenaliError, match=r"webcam's number|a stream is one of|cannot be read") as caught:
        open_source(text)
    assert "b:c" not in str(caught.value)
