"""The size of a JPEG file from its markers, without decoding it (ITU-T T.81, annex B): some microseconds a frame."""

from __future__ import annotations

_START = b"\xff\xd8\xff"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame, but tables and reserved
_BARE = frozenset((0x01, *range(0xD0, 0xD8)))  # markers without a length


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """(height, width) that the first frame header tells; None for bytes that are no JPEG file, or say neither."""
    if data[:3] != _START:
        return None
    at, end = 2, len(data)
    while at + 4 <= end and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker in _BARE:
            at += 2
        elif marker in _FRAMES:
            height, width = int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
            return (height, width) if height and width else None
        else:
            length = int.from_bytes(data[at + 2 : at + 4])
            if marker in (0xD9, 0xDA) or length < 2:
                return None
            at += 2 + length
    return None
