"""Messages: frames come out as they went in; whatever else comes is quarantined with its reason."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kenali.stream.jpeg import jpeg_size
from kenali.stream.published import pack_answer, parse_answer
from kenali.stream.values import Answer, Frame, Policy, Quarantined, Sighting, Stamp
from kenali.stream.wire import (
    Acknowledgement,
    Limits,
    Reader,
    pack,
    pack_acknowledgement,
    parse_acknowledgement,
)
from tests.conftest import encoded, picture

STAMP = Stamp("door", "0123abcd", 7, 1_700_000_000_000_000_000)
JPEG = encoded(picture(1, (24, 40)))
RAW = np.asarray(picture(1, (24, 40))).tobytes()


def plain(header: Any, body: bytes = RAW) -> list[bytes]:
    return [json.dumps(header).encode(), body]


@pytest.mark.parametrize(
    "frame",
    [
        Frame(STAMP, RAW, (24, 40), (24, 40, 3), "rgb", Policy.parse("every:4")),
        Frame(STAMP, RAW[: 24 * 40], (24, 40), (24, 40), "bgr", Policy("all")),
        Frame(STAMP, JPEG, (24, 40), None, "bgr", Policy()),
    ],
)
def test_a_frame_comes_out_as_it_went_in(frame: Frame) -> None:
    assert Reader().read(pack(frame)) == frame


def test_plain_senders_are_numbered_by_connection() -> None:
    reader = Reader()
    header = {"msg": "front door", "dtype": "uint8", "shape": [24, 40, 3]}
    first, second = (reader.read(plain(header), b"one") for _ in range(2))
    twin = reader.read(plain(header), b"two")
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert isinstance(twin, Frame)
    assert first.stamp.source == twin.stamp.source == "front-door"
    assert (first.stamp.sequence, second.stamp.sequence, twin.stamp.sequence) == (0, 1, 0)
    assert first.stamp.session == second.stamp.session != twin.stamp.session
    assert first.policy is None


def test_plain_senders_are_forgotten_beyond_a_thousand() -> None:
    reader = Reader()
    for number in range(3000):
        reader.read(plain({"msg": f"camera-{number}"}, JPEG))
    assert len(reader._plain) == 1024


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([], "parts"),
        ([b"{}"], "parts"),
        ([b"{}", b"", b""], "parts"),
        ([b" " * 5000, RAW], "large-header"),
        (plain({"msg": "a", "dtype": "uint8", "shape": [24, 40, 3]}, RAW * 100), "large-frame"),
        ([b"\xff\x00", RAW], "bad-header"),
        ([b"[" * 4000, RAW], "bad-header"),
        (plain([]), "bad-header"),
        (plain({"msg": 1}), "bad-header"),
        (plain({"msg": "a", "dtype": "float64", "shape": [24, 40, 3]}), "dtype"),
        (plain({"msg": "a", "dtype": "object", "shape": [24, 40, 3]}), "dtype"),
        (plain({"msg": "a", "shape": [24, 40, 3]}), "dtype"),
        (plain({"msg": "a", "dtype": "uint8"}), "shape"),
        (plain({"msg": "a", "dtype": "uint8", "shape": [-24, -40, 3]}), "shape"),
        (plain({"msg": "a", "dtype": "uint8", "shape": [True, 2880, 1]}), "shape"),
        (plain({"msg": "a", "dtype": "uint8", "shape": [24, 40, 5]}), "shape"),
        (plain({"msg": "a", "dtype": "uint8", "shape": [2880]}), "shape"),
        (plain({"msg": "a", "dtype": "uint8", "shape": [10**6, 10**6, 3]}), "too-many-pixels"),
        (plain({"msg": "a", "dtype": "uint8", "shape": [24, 41, 3]}), "length"),
        (plain({"msg": "a"}, b"GIF89a"), "not-a-jpeg"),
        (plain({"msg": "a"}, b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff"), "too-many-pixels"),
        (plain({"msg": "a", "kenali": 1}), "bad-stamp"),
        (plain({"msg": "a", "kenali": {"session": "0123abcd", "sequence": -1, "captured_ns": 0}}), "bad-stamp"),
        (
            plain({"msg": "a", "kenali": {"session": "0123abcd", "sequence": 0, "captured_ns": 0, "colour": "red"}}, JPEG),
            "bad-stamp",
        ),
        (
            plain({"msg": "a", "kenali": {"session": "0123abcd", "sequence": 0, "captured_ns": 0, "policy": "x"}}, JPEG),
            "bad-stamp",
        ),
    ],
)
def test_what_is_no_frame_is_quarantined(parts: list[bytes], reason: str) -> None:
    found = Reader(Limits(frame_bytes=100_000, pixels=10**6)).read(parts)
    assert isinstance(found, Quarantined)
    assert found.reason == reason


def test_a_quarantined_frame_keeps_its_stamp_so_that_its_camera_can_be_told() -> None:
    found = Reader().read([pack(Frame(STAMP, JPEG, (24, 40)))[0], b"no picture"])
    assert isinstance(found, Quarantined)
    assert found.stamp == STAMP


@given(st.lists(st.binary(max_size=200), max_size=4), st.binary(max_size=8))
def test_no_bytes_make_the_reader_fail(parts: list[bytes], peer: bytes) -> None:
    assert isinstance(Reader().read(parts, peer), Quarantined)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional={"msg": st.text(max_size=99), "dtype": JSON, "shape": JSON, "kenali": JSON}))
def test_no_header_makes_the_reader_fail(header: dict[str, Any]) -> None:
    assert isinstance(Reader().read(plain(header, JPEG)), Frame | Quarantined)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"exif": b"Exif\0\0" + b"x" * 60_000}, {"optimize": True}])
def test_the_size_of_a_jpeg_is_pillows(options: dict[str, Any]) -> None:
    assert jpeg_size(encoded(picture(2, (33, 57)), **options)) == (33, 57)
    assert jpeg_size(encoded(picture(2, (33, 57)).convert("L"), **options)) == (33, 57)


@given(st.binary(max_size=60))
def test_no_bytes_make_the_size_fail(data: bytes) -> None:
    jpeg_size(b"\xff\xd8\xff" + data)
    assert jpeg_size(b"GIF" + data) is None


def test_acknowledgements_come_out_as_they_went_in() -> None:
    done = Acknowledgement("0123abcd", 7, 4, "answered")
    assert parse_acknowledgement(pack_acknowledgement(done)) == done
    assert pack_acknowledgement(None) == [b"OK"]
    assert parse_acknowledgement([b"OK"]) is None


@given(st.lists(st.binary(max_size=40), max_size=3))
def test_no_reply_makes_the_camera_fail(parts: list[bytes]) -> None:
    assert parse_acknowledgement(parts) is None


def test_answers_come_out_as_they_went_in() -> None:
    seen = (Sighting("Eileen", None, 0.9, 0.31, (0.1, 0.2, 0.3, 0.4), 3, "abc"), Sighting("unknown", "novel"))
    answer = Answer(STAMP, "worker-1", "tyres", seen, 5, 9, 640, 480)
    assert parse_answer(pack_answer(answer)) == (answer, None)
    assert parse_answer(pack_answer(answer, JPEG)) == (answer, JPEG)
    broken = Answer(STAMP, "worker-1", "tyres", (), 5, 9, 640, 480, "the picture is damaged")
    assert parse_answer(pack_answer(broken)) == (broken, None)


@pytest.mark.parametrize(
    "change",
    [
        {"taken_ns": -1},
        {"worker": 3},
        {"sightings": None},
        {"sightings": [{"label": 1}]},
        {"stamp": {}},
        {"more": 1},
        {"error": []},
    ],
)
def test_an_altered_answer_is_quarantined(change: dict[str, Any]) -> None:
    source, text = pack_answer(Answer(STAMP, "worker-1", "tyres", (), 5, 9, 640, 480))
    found = parse_answer([source, json.dumps(json.loads(text) | change).encode()])
    assert isinstance(found, Quarantined)
    assert found.reason == "bad-answer"
