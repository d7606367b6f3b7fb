"""Cameras: policies, counts that reconcile, sources that break and come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import zmq

from kenali.errors import KenaliError
from kenali.stream import camera as cameras
from kenali.stream.camera import Camera, CameraCounts, Manner
from kenali.stream.camera_service import CameraSettings, run_camera
from kenali.stream.link import HubLink
from kenali.stream.pictures import rgb
from kenali.stream.sources import Interrupted, PhotoFolder, Shot
from kenali.stream.values import ALL, Frame, Policy
from kenali.types import Pixels
from tests.conftest import draw_photo
from tests.stream.broadcasting import motion_jpeg
from tests.stream.receiving import Reply, kenali_reply, receiving


def quiet(sentence: str) -> None:
    pass


def grey(level: int) -> Pixels:
    return np.full((24, 32, 3), level, np.uint8)


class Numbered:
    """Grey pictures whose level is their number; `breaks` at those numbers, once each."""

    name = "numbered"
    pace: float | None = None

    def __init__(self, count: int, live: bool = False, breaks: tuple[int, ...] = ()) -> None:
        self.live = live
        self._numbers = iter(range(count))
        self._breaks = set(breaks)

    def shots(self, side: int | None) -> Iterator[Shot]:
        for number in self._numbers:
            yield partial(grey, number)
            if number in self._breaks:
                self._breaks.remove(number)
                raise Interrupted("the cable came loose")


def reconciled(counts: CameraCounts) -> bool:
    return (
        counts.captured == counts.skipped + counts.dropped + counts.waiting + counts.sent
        and counts.sent == counts.acknowledged + counts.lost + counts.in_flight
        and counts.waiting == counts.in_flight == 0
    )


def levels(frames: list[Frame]) -> list[int]:
    return [round(float(rgb(frame).mean())) for frame in frames]


def filmed(
    source: Numbered, policy: str, reply: Reply = kenali_reply, tell: Callable[[str], None] = quiet, **manner: object
) -> tuple[CameraCounts, list[Frame]]:
    """A whole session towards a hub that replies so."""
    with receiving(reply) as hub, zmq.Context() as context:
        link = HubLink(context, hub.address, tell, resend=policy == "all")
        camera = Camera(source, link, Manner(Policy.parse(policy), **manner), tell)  # type: ignore[arg-type]
        counts = camera.run()
    return counts, hub.frames


def slowly(frame: Frame) -> list[bytes] | None:
    time.sleep(0.005)
    return kenali_reply(frame)


def test_all_loses_none_and_keeps_their_order() -> None:
    counts, frames = filmed(Numbered(60), "all", slowly, raw=True)
    assert levels(frames) == list(range(60))
    assert [frame.stamp.sequence for frame in frames] == list(range(60))
    assert (counts.captured, counts.acknowledged, counts.dropped) == (60, 60, 0)
    assert reconciled(counts)


def test_latest_drops_the_older_while_the_hub_is_busy() -> None:
    counts, frames = filmed(Numbered(200), "latest", slowly, raw=True, fps=1000)
    assert counts.captured == 200
    assert counts.dropped > 0
    assert levels(frames) == [frame.stamp.sequence for frame in frames]  # a frame keeps its number
    assert frames[-1].stamp.sequence == 199  # the newest is never dropped
    assert reconciled(counts)


def test_every_third_is_sent() -> None:
    counts, frames = filmed(Numbered(10), "every:3", fps=200)
    sent = [frame.stamp.sequence for frame in frames]
    assert set(sent) <= {0, 3, 6, 9}
    assert counts.skipped == 6
    assert {frame.policy for frame in frames} == {Policy("every", 3)}
    assert reconciled(counts)


def test_pictures_are_capped_and_counted(tmp_path: Path) -> None:
    draw_photo(tmp_path / "a.jpg", 1, (60, 90))
    counts, frames = filmed(PhotoFolder(tmp_path, loop=True), "all", side=45, most=3)  # type: ignore[arg-type]
    assert [frame.size for frame in frames] == [(30, 45)] * 3
    assert counts.captured == 3
    assert {frame.stamp.source for frame in frames} == {counts.source}


def test_a_live_source_that_breaks_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kenali.stream.capture._FIRST_PAUSE_S", 0.01)
    said: list[str] = []
    counts, frames = filmed(Numbered(9, live=True, breaks=(2, 5)), "all", tell=said.append, raw=True, most=9)
    assert levels(frames) == list(range(9))
    assert counts.interruptions == 2
    assert sum("the cable came loose" in sentence for sentence in said) == 2
    assert reconciled(counts)


def test_another_source_that_breaks_ends_with_its_error() -> None:
    with pytest.raises(Interrupted, match="cable"):
        filmed(Numbered(9, breaks=(2,)), "all")


def test_a_network_camera_that_hangs_up_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kenali.stream.capture._FIRST_PAUSE_S", 0.01)
    with motion_jpeg(4) as url, receiving() as hub:
        settings = CameraSettings(url, to=hub.address.url, manner=Manner(ALL, most=10))
        counts = run_camera(settings, lambda: False, quiet)
    assert [frame.stamp.sequence for frame in hub.frames] == list(range(10))
    assert counts.interruptions >= 2


def test_without_a_hub_latest_gives_up_some_time_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cameras, "_PATIENCE_S", 0.2)
    with receiving() as hub:
        nowhere = hub.address
    with zmq.Context() as context:
        counts = Camera(Numbered(5), HubLink(context, nowhere, quiet), Manner(), quiet).run()
    assert (counts.captured, counts.dropped, counts.sent) == (5, 5, 0)
    assert reconciled(counts)


def test_a_camera_is_told_to_stop_and_reports_meanwhile(tmp_path: Path) -> None:
    draw_photo(tmp_path / "a.jpg", 1)
    stop = threading.Event()
    reports: list[CameraCounts] = []

    def report(counts: CameraCounts) -> None:
        reports.append(counts)
        if len(reports) == 2:
            stop.set()

    with receiving() as hub, zmq.Context() as context:
        link = HubLink(context, hub.address, quiet)
        camera = Camera(PhotoFolder(tmp_path, loop=True), link, Manner(fps=100), quiet)
        counts = camera.run(stop.is_set, report, every_s=0.1)
    assert 0 < reports[1].captured <= counts.captured
    assert reconciled(counts)


def test_who_stops_waits_a_moment_for_the_last_replies(tmp_path: Path) -> None:
    draw_photo(tmp_path / "a.jpg", 1)
    with receiving(slowly) as hub, zmq.Context() as context:
        link = HubLink(context, hub.address, quiet)
        counts = Camera(PhotoFolder(tmp_path, loop=True), link, Manner(fps=500), quiet).run(hub.arrived.is_set)
    assert counts.sent > 0
    assert (counts.lost, counts.acknowledged) == (0, counts.sent)


def test_a_shot_that_cannot_be_converted_is_dropped() -> None:
    class Broken(Numbered):
        def shots(self, side: int | None) -> Iterator[Shot]:
            yield partial(grey, 1)
            yield self._fail
            yield partial(grey, 3)

        def _fail(self) -> Pixels:
            raise Interrupted("odd colours")

    counts, frames = filmed(Broken(3), "all", raw=True)
    assert levels(frames) == [1, 3]
    assert counts.dropped == 1
    assert reconciled(counts)


def test_settings_are_checked() -> None:
    with pytest.raises(KenaliError, match="needs --to"):
        CameraSettings("0", publish="127.0.0.1:0", manner=Manner(ALL)).check()
    with pytest.raises(KenaliError, match="kenali stream keys"):
        CameraSettings("0", to="hub.example:5555").check()
    assert CameraSettings("0", to="hub.example:5555", insecure=True).check()
    assert CameraSettings("0").check() == ()
