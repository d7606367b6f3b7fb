"""A hub and workers over real sockets, with ImageZMQ's own senders: answers, pictures, counts, hostile messages, restarts."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import zmq

from kenali.errors import KenaliError
from kenali.stream import hub
from kenali.stream.curve import client_keys, make_keys
from kenali.stream.dispatch import Room
from kenali.stream.hub import HubSettings
from kenali.stream.pictures import as_jpeg
from kenali.stream.tasks import WANT, Hello, pack_hello
from kenali.stream.values import ALL, Answer, Frame, Stamp
from kenali.stream.wire import pack
from kenali.stream.worker import WorkerSettings
from tests.stream.services import Reading, free_ports, running_hub, running_worker, sockets, until

imagezmq = pytest.importorskip("imagezmq", reason="needs the package imagezmq")

PIXELS = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
JPEG = as_jpeg(PIXELS)


def jpeg(number: int, session: str = "0123abcd") -> list[bytes]:
    return [b"", *pack(Frame(Stamp("gate", session, number, 0), JPEG, (48, 64), policy=ALL))]


def test_answers_to_an_imagezmq_sender_are_published() -> None:
    with running_hub() as running, running_worker(running.listening.workers), sockets() as context:
        reading = Reading(context, running.listening.results)
        with closing(imagezmq.ImageSender(connect_to=running.listening.frames)) as sender:
            assert sender.send_image("front door", PIXELS) == b"OK"
            answer, picture = reading.answer()
            assert sender.send_jpg("front door", JPEG) == b"OK"
            second, sent = reading.answer()
    assert (answer.stamp.source, answer.width, answer.height, answer.model) == ("front-door", 64, 48, "simulated")
    assert [sighting.label for sighting in answer.sightings] == ["simulated"]
    assert 0 < answer.stamp.captured_ns <= answer.taken_ns <= answer.answered_ns
    assert picture is not None
    assert picture.startswith(b"\xff\xd8")  # raw pixels, made into a JPEG by the worker
    assert sent in (None, JPEG)  # pictures a second are bounded
    assert second.stamp.sequence == 1
    assert running.last["sources"]["front-door"]["answered"] == 2


def test_who_publishes_is_heard_too() -> None:
    port = free_ports(1)
    with closing(imagezmq.ImageSender(connect_to=f"tcp://127.0.0.1:{port}", REQ_REP=False)) as sender:
        settings = HubSettings(subscribe=(f"tcp://127.0.0.1:{port}",), pictures=0)
        with running_hub(settings) as running, running_worker(running.listening.workers), sockets() as context:
            reading = Reading(context, running.listening.results)
            answers: list[Answer] = []

            def answered() -> bool:
                sender.send_image("yard", PIXELS)
                if reading.socket.poll(20):
                    parts = reading.socket.recv_multipart()
                    if parts[0] == b"yard":
                        assert len(parts) == 2
                        return True
                return False

            until(answered)
    assert not answers


def test_with_all_the_sender_waits_until_its_frame_is_written_down(tmp_path: Path) -> None:
    journal = tmp_path / "answers.jsonl"
    journal.write_text('{"stamp": {"sequ', encoding="utf-8")  # a hub was killed here
    settings = HubSettings(answers=journal, room=Room(policy=ALL))
    with (
        running_hub(settings) as running,
        running_worker(running.listening.workers),
        closing(imagezmq.ImageSender(connect_to=running.listening.frames)) as sender,
    ):
        for number in range(3):
            assert sender.send_image("gate", PIXELS) == b"OK"
            _, *lines = journal.read_text(encoding="utf-8").splitlines()
            assert [json.loads(line)["stamp"]["sequence"] for line in lines] == list(range(number + 1))


def test_hostile_messages_are_counted_and_hurt_nobody() -> None:
    room = Room(policy=ALL)
    with running_hub(HubSettings(status_port=0, room=room)) as running, sockets() as context:
        rough = context.socket(zmq.DEALER)
        rough.connect(running.listening.frames)
        for parts in (
            [b"x"],
            [b""],
            [b"", b"{}", b""],
            [b"", b"\xff", JPEG],
            [b"", b'{"msg": "a"}', b"no jpeg"],
            [b"", b"", b"", b""],
        ):
            rough.send_multipart(parts)
        rough.send_multipart([b"", b'{"msg": "a", "dtype": "object", "shape": [1]}', b"cos\nsystem"])
        worker = context.socket(zmq.DEALER)
        worker.connect(running.listening.workers)
        for parts in ([b"hello", b"{"], [b"answer", b"x", b"{}"], [b"frame"], [b"", b""], [b"hello", b"[1]"]):
            worker.send_multipart(parts)
        replies = [rough.recv_multipart() for _ in range(6)]
        assert replies == [[b"", b"OK"]] * 6  # nobody who waits hangs; the first has no envelope, so nobody waits
        assert worker.recv_multipart() == [b"who"]
        with (
            closing(imagezmq.ImageSender(connect_to=running.listening.frames)) as sender,
            running_worker(running.listening.workers),
        ):
            assert sender.send_jpg("gate", JPEG) == b"OK"
    assert running.last["quarantined"] == {"parts": 3, "bad-header": 2, "not-a-jpeg": 1, "dtype": 1}
    sources = running.last["sources"]
    assert sum(source["quarantined"] for source in sources.values()) == 7
    assert sources["gate"]["answered"] == 1


def test_a_worker_whose_answer_is_none_gives_its_frame_back() -> None:
    with running_hub() as running, sockets() as context:
        worker = context.socket(zmq.DEALER)
        worker.connect(running.listening.workers)
        for parts in (pack_hello(Hello("1", "odd", "m")), [WANT]):
            worker.send_multipart(parts)
        camera = context.socket(zmq.DEALER)
        camera.connect(running.listening.frames)
        camera.send_multipart(jpeg(0))
        while worker.recv_multipart()[0] != b"frame":
            pass
        worker.send_multipart([b"answer", b"gate", b"{}"])
        with running_worker(running.listening.workers):
            assert camera.recv_multipart()[1] == b"OK"
    assert running.last["sources"]["gate"]["answered"] == 1


def test_a_jpeg_that_breaks_off_is_quarantined_by_the_worker() -> None:
    with running_hub() as running, running_worker(running.listening.workers), sockets() as context:
        reading = Reading(context, running.listening.results)
        with closing(imagezmq.ImageSender(connect_to=running.listening.frames)) as sender:
            sender.send_jpg("gate", JPEG[: len(JPEG) // 2])
            answer, _ = reading.answer()
    assert answer.error == "the file ends before the image does"
    assert running.last["sources"]["gate"]["quarantined"] == 1


def test_a_camera_may_have_several_frames_under_way_and_send_them_again() -> None:
    with running_hub() as running, sockets() as context:
        camera = context.socket(zmq.DEALER)
        camera.connect(running.listening.frames)
        for number in (0, 1, 2, 1):
            camera.send_multipart(jpeg(number))
        with running_worker(running.listening.workers):
            replies = [camera.recv_multipart() for _ in range(3)]
            camera.send_multipart(jpeg(2))
            replies.append(camera.recv_multipart())
    told = [json.loads(reply[2])["kenali"] for reply in replies]
    assert [(one["sequence"], one["fate"]) for one in told] == [(0, "answered"), (1, "answered"), (2, "answered"), (2, "known")]
    assert all(reply[:2] == [b"", b"OK"] for reply in replies)
    assert running.last["sources"]["gate"]["duplicates"] == 2


def test_workers_outlive_a_hub_and_find_the_next() -> None:
    port = free_ports()
    settings = HubSettings(port=port)
    with running_worker(f"tcp://127.0.0.1:{port + 1}") as warned:
        for session in ("aaaaaaaa", "bbbbbbbb"):
            with running_hub(settings) as running, sockets() as context:
                camera = context.socket(zmq.DEALER)
                camera.connect(running.listening.frames)
                camera.send_multipart(jpeg(0, session))
                assert camera.recv_multipart()[1] == b"OK"
    assert warned == []


def test_counts_can_be_read_as_json_and_by_prometheus() -> None:
    with running_hub(HubSettings(status_port=0)) as running, running_worker(running.listening.workers), sockets() as context:
        camera = context.socket(zmq.DEALER)
        camera.connect(running.listening.frames)
        camera.send_multipart(jpeg(0))
        camera.recv_multipart()
        address = running.listening.status
        assert address is not None

        def read(path: str) -> bytes:
            with urllib.request.urlopen(address + path, timeout=10) as answer:
                return bytes(answer.read())

        def foreign() -> bytes:
            request = urllib.request.Request(f"{address}/status", headers={"Host": "evil.example"})
            with urllib.request.urlopen(request, timeout=10) as answer:
                return bytes(answer.read())

        until(lambda: json.loads(read("/status"))["sources"].get("gate", {}).get("answered") == 1)
        text = read("/metrics").decode()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            read("/elsewhere")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            foreign()
    assert 'kenali_stream_frames_total{fate="answered",source="gate"} 1.0' in text
    assert 'kenali_stream_answer_seconds_count{source="gate"} 1.0' in text
    assert "kenali_stream_workers 1.0" in text


def test_a_hub_says_where_it_cannot_listen_or_write(tmp_path: Path) -> None:
    with running_hub() as running:
        port = int(running.listening.frames.rpartition(":")[2])
        with pytest.raises(KenaliError, match="--port chooses"):
            hub.run(HubSettings(port=port), lambda: True, print, print)
    with pytest.raises(KenaliError, match="cannot be written"):
        hub.run(HubSettings(port=free_ports(), answers=tmp_path), lambda: True, print, print)
    with pytest.raises(KenaliError, match="kenali stream keys"):
        HubSettings(host="*").check()
    with pytest.raises(KenaliError, match="kenali stream keys"):
        WorkerSettings("tcp://gpu.example:5556").check()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_hub_that_cannot_write_answers_down_ends_rather_than_lose_them() -> None:
    settings = HubSettings(port=free_ports(), answers=Path("/dev/full"))
    address = f"tcp://127.0.0.1:{settings.port}"
    with sockets() as context, running_worker(f"tcp://127.0.0.1:{settings.port + 1}"):
        camera = context.socket(zmq.DEALER)
        camera.connect(address)
        camera.send_multipart(jpeg(0))
        with pytest.raises(KenaliError, match="No space left"):
            hub.run(settings, lambda: False, lambda listening: None, print)
        assert not camera.poll(300)


def test_with_keys_only_those_who_have_them_are_let_in(tmp_path: Path) -> None:
    make_keys(tmp_path)
    with running_hub(HubSettings(curve=tmp_path)) as running, sockets() as context:
        stranger = context.socket(zmq.DEALER)
        stranger.connect(running.listening.frames)
        stranger.send_multipart(jpeg(0, "aaaaaaaa"))
        known = context.socket(zmq.DEALER)
        client_keys(tmp_path).secure(known)
        known.connect(running.listening.frames)
        known.send_multipart(jpeg(0, "bbbbbbbb"))
        with running_worker(running.listening.workers, settings=WorkerSettings(curve=tmp_path)):
            assert known.recv_multipart()[1] == b"OK"
            assert not stranger.poll(200)
    assert running.last["sources"]["gate"]["received"] == 1
