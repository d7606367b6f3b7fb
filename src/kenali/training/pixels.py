"""The pixels of many photos: decoded and resized once, side by side, then in memory or in one mapped file.

What fits into memory stays there; what fits on the disk becomes one file of bytes, which the operating system pages in as
batches ask for it and which a resumed run finds again; the rest is decoded anew for each batch.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from kenali.images import decode, draft_side, preprocess
from kenali.parallel import map_in_order
from kenali.training.choices import StaticCopies
from kenali.training.copies import Kind, altered, draw_copies
from kenali.types import IntArray, Photo, PhotoSource, Pixels, Preprocessing

View = tuple[Photo, tuple[Kind, float] | None]
"""A photo as it is, or with one thing done to it (kind, value): see `draw_copies`."""

IN_MEMORY = 2 * 1024**3  # bytes
_DISK_SHARE = 0.5  # of what is free


class Rows(Protocol):
    """uint8 (n, h, w, c), asked for by rows."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, rows: IntArray) -> Pixels: ...


@dataclass(frozen=True, slots=True, eq=False)
class PixelSet:
    """Photos ready for a network: `pixels` uint8 (n, h, w, c), `labels` (n,)."""

    pixels: Rows
    labels: IntArray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: IntArray) -> PixelSet:
        """Some of the photos, without a copy of their pixels."""
        return PixelSet(_Chosen(self.pixels, rows), self.labels[rows])


class Mapped:
    """Rows in a file of NumPy's, read as they are asked for. To another process it goes as the file's name."""

    def __init__(self, path: Path) -> None:
        self._path, self._pixels = path.absolute(), np.load(path, mmap_mode="r")  # another process may stand elsewhere

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self._pixels.shape)

    def __getitem__(self, rows: IntArray) -> Pixels:
        found: Pixels = self._pixels[rows]
        return found

    def __reduce__(self) -> tuple[type[Mapped], tuple[Path]]:
        return Mapped, (self._path,)


@dataclass(frozen=True, slots=True, eq=False)
class _Chosen:
    """Some rows of others."""

    pixels: Rows
    rows: IntArray

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.rows), *self.pixels.shape[1:])

    def __getitem__(self, rows: IntArray) -> Pixels:
        return self.pixels[self.rows[rows]]


@dataclass(frozen=True, slots=True, eq=False)
class Decoding:
    """Rows that are decoded whenever they are asked for."""

    views: tuple[View, ...]
    source: PhotoSource
    preprocessing: Preprocessing

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.views), *self.preprocessing.image_size, self.preprocessing.channels)

    def __getitem__(self, rows: IntArray) -> Pixels:
        chosen = [self.views[row] for row in rows]
        return np.stack(list(map_in_order(self.look, chosen)))

    def look(self, view: View) -> Pixels:
        """One view, uint8 (h, w, c)."""
        photo, alteration = view
        image = decode(self.source.read(photo.path), min_side=draft_side(self.preprocessing)).image
        return preprocess(altered(image, *alteration) if alteration else image, self.preprocessing)


def pixel_set(
    photos: Sequence[Photo],
    source: PhotoSource,
    preprocessing: Preprocessing,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    copies: StaticCopies | None = None,
    seed: int = 0,
    in_memory: int = IN_MEMORY,
) -> PixelSet:
    """The photos in order, each followed by its altered `copies`; `folder` takes the mapped file where they are more than
    `in_memory` bytes."""
    views: list[View] = []
    for photo in photos:
        drawn = draw_copies(copies, seed, photo.sha256) if copies else []
        views += [(photo, None), *((photo, alteration) for alteration in drawn)]
    labels = np.array([photo.label for photo, _ in views], np.int64)
    decoding = Decoding(tuple(views), source, preprocessing)
    size = int(np.prod(decoding.shape))
    if size <= in_memory:
        return PixelSet(_filled(np.empty(decoding.shape, np.uint8), decoding, progress), labels)
    named = hashlib.sha256(
        f"{preprocessing}{[(photo.sha256, alteration) for photo, alteration in views]}".encode()
    ).hexdigest()[:16]
    path = folder / f"pixels-{named}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if size > _DISK_SHARE * shutil.disk_usage(folder).free:
            return PixelSet(decoding, labels)
        partial = path.with_suffix(".partial")
        mapped = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=decoding.shape)
        _filled(mapped, decoding, progress)
        mapped.flush()
        del mapped
        partial.replace(path)
    return PixelSet(Mapped(path), labels)


def _filled(pixels: Pixels, decoding: Decoding, progress: Callable[[int, int], None]) -> Pixels:
    total = len(decoding.views)

    def look(index: int) -> None:
        pixels[index] = decoding.look(decoding.views[index])

    for done, _ in enumerate(map_in_order(look, range(total)), start=1):
        progress(done, total)
    return pixels
