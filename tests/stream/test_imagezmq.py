"""The real package `imagezmq` at the other end: every way, every pattern, pictures equal to the byte."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import zmq

from kenali.stream.address import parse_address
from kenali.stream.camera import Camera, Manner
from kenali.stream.link import HubLink, Link, PublishedLink
from kenali.stream.pictures import as_bgr, as_jpeg
from kenali.stream.sockets import connect, make_socket
from kenali.stream.sources import PhotoFolder
from kenali.stream.values import ALL, LATEST, Frame, Policy
from kenali.stream.wire import Reader
from tests.conftest import picture
from tests.stream.receiving import receiving

imagezmq = pytest.importorskip("imagezmq", reason="needs the package imagezmq")

SIZES = ((48, 64), (31, 57), (120, 16))
PICTURES = [np.asarray(picture(number, size)) for number, size in enumerate(SIZES)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The pictures as files without loss."""
    home = tmp_path / "front door"
    home.mkdir()
    for number, size in enumerate(SIZES):
        picture(number, size).save(home / f"{number}.png")
    return home


def run(camera: Camera) -> threading.Thread:
    thread = threading.Thread(target=camera.run, daemon=True)
    thread.start()
    return thread


def received(hub: object, raw: bool, count: int = len(SIZES)) -> list[tuple[str, bytes]]:
    """Pictures as ImageZMQ's users fetch them."""
    found = []
    for _ in range(count):
        name, data = hub.recv_image() if raw else hub.recv_jpg()  # type: ignore[attr-defined]
        found.append((name, data.tobytes() if raw else bytes(data)))
        if raw:
            assert data.dtype == np.uint8
            assert data.shape[2] == 3
        if hub.REQ_REP:  # type: ignore[attr-defined]
            hub.send_reply(b"OK")  # type: ignore[attr-defined]
    return found


def expected(raw: bool) -> list[tuple[str, bytes]]:
    return [("front-door", as_bgr(pixels) if raw else as_jpeg(pixels, 80)) for pixels in PICTURES]


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "jpeg"])
def test_our_camera_and_its_hub_by_request_and_reply(context: zmq.SyncContext, folder: Path, raw: bool) -> None:
    hub = imagezmq.ImageHub("tcp://127.0.0.1:*")
    place = hub.zmq_socket.getsockopt_string(zmq.LAST_ENDPOINT)
    link = HubLink(context, parse_address(place), lambda sentence: None, resend=True)
    camera = Camera(PhotoFolder(folder), link, Manner(ALL, raw=raw, quality=80), lambda sentence: None)
    thread = run(camera)
    assert received(hub, raw) == expected(raw)
    thread.join(60)
    hub.close()
    counts = camera.counts
    assert (counts.captured, counts.sent, counts.acknowledged, counts.resent) == (3, 3, 3, 0)


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "jpeg"])
def test_our_camera_and_its_hub_by_subscription(context: zmq.SyncContext, folder: Path, raw: bool) -> None:
    link: Link = (published := PublishedLink(context, parse_address("127.0.0.1:*"), lambda sentence: None))
    manner = Manner(LATEST, raw=raw, quality=80, fps=20)
    camera = Camera(PhotoFolder(folder, loop=True), link, manner, lambda sentence: None)
    hub = imagezmq.ImageHub(published.url, REQ_REP=False)
    thread = run(camera)
    found: set[tuple[str, bytes]] = set()
    while len(found) < 3:  # a subscriber comes in the middle, and a busy machine drops some
        found |= set(received(hub, raw, 1))
    camera.stop()
    thread.join(60)
    hub.close()
    assert found == set(expected(raw))


def send(sender: object, raw: bool) -> list[bytes | None]:
    replies = []
    for pixels in PICTURES:
        array = np.ascontiguousarray(pixels[:, :, ::-1])
        if raw:
            replies.append(sender.send_image("front door", array))  # type: ignore[attr-defined]
        else:
            replies.append(sender.send_jpg("front door", as_jpeg(pixels, 80)))  # type: ignore[attr-defined]
    return replies


def check(frames: list[Frame], raw: bool) -> None:
    assert [frame.data for frame in frames] == [data for _, data in expected(raw)]
    assert [frame.size for frame in frames] == list(SIZES)
    assert [frame.shape for frame in frames] == ([(*size, 3) for size in SIZES] if raw else [None] * 3)
    assert {frame.stamp.source for frame in frames} == {"front-door"}
    assert [frame.stamp.sequence for frame in frames] == [0, 1, 2]


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "jpeg"])
def test_its_sender_and_our_hub_by_request_and_reply(raw: bool) -> None:
    with receiving() as ours:
        sender = imagezmq.ImageSender(ours.address.url)
        assert send(sender, raw) == [b"OK"] * 3
        sender.close()
    check(ours.frames, raw)


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "jpeg"])
def test_its_sender_and_our_hub_by_subscription(context: zmq.SyncContext, raw: bool) -> None:
    sender = imagezmq.ImageSender("tcp://127.0.0.1:*", REQ_REP=False)
    ours = make_socket(context, zmq.SUB)
    ours.subscribe(b"")
    connect(ours, parse_address(sender.zmq_socket.getsockopt_string(zmq.LAST_ENDPOINT)))
    while not ours.poll(20):  # until the subscription is there
        sender.send_jpg("hello", as_jpeg(PICTURES[0]))
    while ours.poll(100):
        ours.recv_multipart()
    send(sender, raw)
    reader = Reader()
    frames = [reader.read(ours.recv_multipart()) for _ in PICTURES if ours.poll(5000)]
    sender.close()
    ours.close()
    check([frame for frame in frames if isinstance(frame, Frame)], raw)


def test_its_hub_passes_over_our_stamp(context: zmq.SyncContext, folder: Path) -> None:
    """Every policy and a window of four: a plain hub sees its own protocol and nothing else."""
    hub = imagezmq.ImageHub("tcp://127.0.0.1:*")
    place = hub.zmq_socket.getsockopt_string(zmq.LAST_ENDPOINT)
    link = HubLink(context, parse_address(place), lambda sentence: None, window=4)
    camera = Camera(PhotoFolder(folder), link, Manner(Policy.parse("every:2"), fps=50), lambda sentence: None)
    thread = run(camera)
    for _ in range(2):
        name, _ = hub.recv_jpg()
        hub.send_reply(b"OK")
        assert name == "front-door"
    thread.join(60)
    hub.close()
    assert (camera.counts.captured, camera.counts.skipped, camera.counts.acknowledged) == (3, 1, 2)
