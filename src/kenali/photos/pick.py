"""A few photos to stand for many."""

from __future__ import annotations

from collections.abc import Iterable

from kenali.types import Photo


def round_robin(photos: Iterable[Photo], count: int) -> list[Photo]:
    """`count` photos, each class in turn, chosen by checksum and so without favour."""
    by_class: dict[int, list[Photo]] = {}
    for photo in sorted(photos, key=lambda photo: photo.sha256):
        by_class.setdefault(photo.label, []).append(photo)
    turns = sorted((turn, label) for label, own in by_class.items() for turn in range(len(own)))
    return [by_class[label][turn] for turn, label in turns[:count]]
