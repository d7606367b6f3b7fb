"""ImageZMQ's format, both ways: a JSON header, then the picture; and Kenali's own stamp inside that header.

A raw picture is `{"msg", "dtype", "shape"}` and the bytes of a C-ordered array, a JPEG `{"msg"}` and the bytes of its file
(Bass, imagezmq 1.2). `msg` is the source's name. Kenali adds the key `kenali`, which ImageZMQ passes over. Nothing that
comes is believed: every message is measured against `Limits` first, and what does not fit is a `Quarantined`, never an
exception. No pickle.
"""

from __future__ import annotations

import json
import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kenali.errors import KenaliError
from kenali.stream.jpeg import jpeg_size
from kenali.stream.values import Colour, Frame, Policy, Quarantined, Stamp, clean_source, new_session

OK = b"OK"
"""What a hub replies to a frame, as in ImageZMQ's examples."""

_UINT8 = ("uint8", "|u1")
_CHANNELS = (1, 3, 4)
_REMEMBERED = 1024
_PLAIN: tuple[Colour, Policy | None] = ("bgr", None)  # as OpenCV has it


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest messages that are looked at: bytes of a header, bytes of a picture, pixels of a picture."""

    header_bytes: int = 4096
    frame_bytes: int = 64 * 1024 * 1024
    pixels: int = 16 * 1024 * 1024


DEFAULT_LIMITS = Limits()


def pack(frame: Frame) -> list[bytes]:
    """The two parts of a frame's message: header and picture."""
    stamp = frame.stamp
    header: dict[str, Any] = {"msg": stamp.source}
    if frame.shape is not None:
        header |= {"dtype": "uint8", "shape": frame.shape}
    own = {"session": stamp.session, "sequence": stamp.sequence, "captured_ns": stamp.captured_ns, "colour": frame.colour}
    header["kenali"] = own | ({"policy": frame.policy.text} if frame.policy else {})
    return [json.dumps(header).encode(), frame.data]


class Reader:
    """Frames from messages. Those of plain ImageZMQ senders get stamps here: a session a connection, numbers as they come.

    `peer` is what tells connections apart, such as a ROUTER's identity. Of plain senders the last 1024 are remembered.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self._plain: OrderedDict[tuple[str, bytes], tuple[str, int]] = OrderedDict()

    def read(self, parts: Sequence[bytes], peer: bytes = b"") -> Frame | Quarantined:
        """The frame that the `parts` of a message hold (without an envelope), or why they hold none."""
        source: str | None = None
        stamp: Stamp | None = None
        try:
            header = _header(parts, self.limits)
            source = clean_source(header["msg"])
            own = header.get("kenali")
            stamp = None if own is None else _stamp(source, own)
            shape = _shape(header)
            size = _size(shape, parts[1], self.limits)
            colour, policy = _PLAIN if own is None else _manner(own)
        except _Refused as refused:
            return Quarantined(refused.reason, refused.detail, source, stamp)
        return Frame(stamp or self._numbered(source, peer), parts[1], size, shape, colour, policy)

    def _numbered(self, source: str, peer: bytes) -> Stamp:
        session, sequence = self._plain.pop((source, peer), (None, 0))
        session = session or new_session()
        self._plain[source, peer] = session, sequence + 1
        if len(self._plain) > _REMEMBERED:
            self._plain.popitem(last=False)
        return Stamp(source, session, sequence, time.time_ns())


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A hub's word on one frame. `credits` is how many frames it lets a camera have under way at once."""

    session: str
    sequence: int
    credits: int
    fate: str = "taken"


def pack_acknowledgement(done: Acknowledgement | None) -> list[bytes]:
    """A hub's reply, behind the envelope; None for a plain ImageZMQ sender, which reads `OK` alone."""
    if done is None:
        return [OK]
    own = {"session": done.session, "sequence": done.sequence, "credits": done.credits, "fate": done.fate}
    return [OK, json.dumps({"kenali": own}).encode()]


def parse_acknowledgement(parts: Sequence[bytes]) -> Acknowledgement | None:
    """What a hub replied (without an envelope); None for a plain `OK`, or whatever else a plain hub says."""
    if len(parts) != 2 or len(parts[1]) > DEFAULT_LIMITS.header_bytes:
        return None
    try:
        own = json.loads(parts[1])["kenali"]
        done = Acknowledgement(own["session"], own["sequence"], own["credits"], own["fate"])
    except (ValueError, OverflowError, RecursionError, KeyError, TypeError):
        return None
    sound = isinstance(done.session, str) and type(done.sequence) is int and type(done.credits) is int and done.credits > 0
    return done if sound and isinstance(done.fate, str) else None


class _Refused(Exception):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def _header(parts: Sequence[bytes], limits: Limits) -> dict[str, Any]:
    """The header as an object whose `msg` is a text."""
    if len(parts) != 2:
        raise _Refused("parts", f"a frame has two parts, this message {len(parts)}")
    if len(parts[0]) > limits.header_bytes:
        raise _Refused("large-header", f"the header has {len(parts[0]):,} bytes, more than {limits.header_bytes:,}")
    if len(parts[1]) > limits.frame_bytes:
        raise _Refused("large-frame", f"the picture has {len(parts[1]):,} bytes, more than {limits.frame_bytes:,}")
    try:
        header = json.loads(parts[0])
    except (ValueError, OverflowError, RecursionError):
        raise _Refused("bad-header", "the header is no JSON") from None
    if not isinstance(header, dict) or not isinstance(header.get("msg"), str):
        raise _Refused("bad-header", "the header is no object with a text as msg")
    return header


def _stamp(source: str, own: object) -> Stamp:
    if not isinstance(own, dict):
        raise _Refused("bad-stamp", "the key kenali holds no object")
    session, sequence, captured_ns = own.get("session"), own.get("sequence"), own.get("captured_ns")
    if not isinstance(session, str) or type(sequence) is not int or type(captured_ns) is not int:
        raise _Refused("bad-stamp", "session, sequence or captured_ns is missing or of another type")
    try:
        return Stamp(source, session, sequence, captured_ns)
    except KenaliError as error:
        raise _Refused("bad-stamp", str(error)) from None


def _manner(own: dict[str, Any]) -> tuple[Colour, Policy | None]:
    """Colour order and policy of a stamped frame."""
    colour, policy = own.get("colour", "bgr"), own.get("policy", "latest")
    if colour not in ("bgr", "rgb") or not isinstance(policy, str):
        raise _Refused("bad-stamp", "colour is neither bgr nor rgb, or policy is no text")
    try:
        return ("rgb" if colour == "rgb" else "bgr"), Policy.parse(policy)
    except KenaliError as error:
        raise _Refused("bad-stamp", str(error)) from None


def _shape(header: dict[str, Any]) -> tuple[int, ...] | None:
    """The shape of a raw picture, None for a JPEG."""
    if "dtype" not in header and "shape" not in header:
        return None
    if header.get("dtype") not in _UINT8:
        raise _Refused("dtype", f"pixels are uint8, these {str(header.get('dtype'))[:40]!r}")
    shape = header.get("shape")
    if not isinstance(shape, list) or any(type(side) is not int or not 0 < side < 2**31 for side in shape):
        raise _Refused("shape", "a shape is a list of whole numbers above 0")
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in _CHANNELS):
        raise _Refused("shape", f"a picture is (height, width) or (height, width, 1, 3 or 4), not {shape[:8]}")
    return tuple(shape)


def _size(shape: tuple[int, ...] | None, data: bytes, limits: Limits) -> tuple[int, int]:
    """(height, width) of the picture, within the limits."""
    size = jpeg_size(data) if shape is None else (shape[0], shape[1])
    if size is None:
        raise _Refused("not-a-jpeg", "the picture is no JPEG file")
    if size[0] * size[1] > limits.pixels:
        raise _Refused("too-many-pixels", f"{size[1]} x {size[0]} is more than {limits.pixels:,} pixels")
    if shape is not None and math.prod(shape) != len(data):
        raise _Refused("length", f"a picture of {shape} has {math.prod(shape):,} bytes, this one {len(data):,}")
    return size
