"""What one look at a photo tells, and what a set of such looks gives cause to mention."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from statistics import median

import numpy as np
from PIL import Image

from kenali.appearance import GRID, Appearance, coarse, grey_of, measured_size, sharpness, tint
from kenali.encoding import Encoding
from kenali.images import DecodedPhoto
from kenali.photos.surroundings import LENGTH, surroundings
from kenali.types import FloatArray, Notice, Photo, Pixels

FACTS_KIND = "facts-3"
"""Names the layout of stored facts; it rises when a measure changes, so that old facts are not mistaken for new ones."""

_THUMB = 112
_KEPT = 16  # its low frequencies that are kept
_HEAD = struct.Struct("<ii8sfff?qffH")
"""Height, width, format, brightness, contrast, sharpness, grey; then the encoding: bytes, two steps, length of its traits."""
_FIXED = _HEAD.size + 4 * _KEPT**2 + 192 + 8 * LENGTH  # bytes before the traits

BLURRED = 0.06  # of the set's median sharpness: a heap of sharp photos varies by a factor of five, blur takes twenty
DARK, BRIGHT = 0.08, 0.95  # mean grey; X-ray films and white backgrounds lie between
SMALL_SIDE = 32
ODD_AREA = 1 / 64  # of the set's median area
ODD_ASPECT = 2.5  # times wider or narrower than the set's median
GREY_MINORITY = 0.1
TINY_CLASS = 10
IMBALANCE = 3.0

_SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "MPO": (".jpg", ".jpeg", ".mpo"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "GIF": (".gif",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFacts:
    """Everything measured from one decoded photo.

    `size_px` is (height, width); `brightness` and `contrast` are mean and deviation of grey in 0..1; `sharpness` is the
    variance of the Laplacian over that of grey. `spectrum` float32 (16, 16) holds the low frequencies of the grey
    picture's cosine transform, rows vertical; `colours` uint8 (8, 8, 3) a coarse RGB picture. `surroundings` float32 (97,)
    tells what lies around the subject, `middle` the same of the middle half, `encoding` how the file holds the picture.
    `thumb` is a JPEG.
    """

    size_px: tuple[int, int]
    format: str
    brightness: float
    contrast: float
    sharpness: float
    is_grey: bool
    spectrum: FloatArray
    colours: Pixels
    surroundings: FloatArray
    middle: FloatArray
    encoding: Encoding
    thumb: bytes

    @property
    def appearance(self) -> Appearance:
        """The measures that new photos are compared by."""
        return Appearance(self.brightness, self.contrast, self.sharpness, *tint(self.colours))

    def to_bytes(self) -> bytes:
        written = self.encoding
        traits = "\n".join(written.traits).encode()
        head = _HEAD.pack(
            *self.size_px,
            self.format.encode(),
            self.brightness,
            self.contrast,
            self.sharpness,
            self.is_grey,
            written.file_bytes,
            *written.steps,
            len(traits),
        )
        arrays = self.spectrum.tobytes() + self.colours.tobytes() + self.surroundings.tobytes() + self.middle.tobytes()
        return head + arrays + traits + self.thumb

    @classmethod
    def from_bytes(cls, data: bytes) -> PhotoFacts:
        """Raises ValueError where `data` is too short to be what `to_bytes` wrote."""
        if len(data) < _FIXED:
            raise ValueError("stored facts are damaged")
        height, width, name, brightness, contrast, sharpness, is_grey, *written, length = _HEAD.unpack_from(data)
        spectrum = np.frombuffer(data, np.float32, _KEPT**2, _HEAD.size).reshape(_KEPT, _KEPT).copy()
        at = _HEAD.size + spectrum.nbytes
        colours = np.frombuffer(data, np.uint8, 192, at).reshape(8, 8, 3).copy()  # copies, so that `data` can be freed
        around, middle = np.frombuffer(data, np.float32, 2 * LENGTH, at + 192).reshape(2, LENGTH).copy()
        traits = data[_FIXED : _FIXED + length].decode()
        return cls(
            size_px=(height, width),
            format=name.rstrip(b"\0").decode(),
            brightness=brightness,
            contrast=contrast,
            sharpness=sharpness,
            is_grey=is_grey,
            spectrum=spectrum,
            colours=colours,
            surroundings=around,
            middle=middle,
            encoding=Encoding(written[0], (written[1], written[2]), tuple(traits.split("\n")) if traits else ()),
            thumb=data[_FIXED + length :],
        )


def _cosines() -> FloatArray:
    """The first 16 rows of the orthonormal cosine transform (DCT-II) of 32 samples."""
    rows, columns = np.arange(_KEPT)[:, None], np.arange(GRID)[None, :]
    waves = np.cos(np.pi * (2 * columns + 1) * rows / (2 * GRID)) * np.sqrt(2 / GRID)
    waves[0] /= np.sqrt(2)
    kept: FloatArray = waves.astype(np.float32)
    return kept


_COSINES = _cosines()


def examine(decoded: DecodedPhoto) -> PhotoFacts:
    """Measure a decoded photo."""
    small = measured_size(decoded.image)
    grey = grey_of(small)
    grid = small.resize((GRID, GRID), Image.Resampling.BILINEAR)
    levels = np.asarray(grid.convert("L"), np.float32)
    coloured = np.asarray(grid, np.int16)
    tint = np.percentile(coloured.max(axis=2) - coloured.min(axis=2), 99)
    buffer = io.BytesIO()
    thumb = small.copy()
    thumb.thumbnail((_THUMB, _THUMB), Image.Resampling.BILINEAR)
    thumb.save(buffer, "JPEG", quality=80)
    return PhotoFacts(
        size_px=decoded.size_px,
        format=decoded.format,
        brightness=float(grey.mean()),
        contrast=float(grey.std()),
        sharpness=sharpness(grey),
        is_grey=bool(tint < 12),
        spectrum=(_COSINES @ levels @ _COSINES.T).astype(np.float32),
        colours=coarse(grid),
        surroundings=surroundings(small),
        middle=surroundings(_middle(small)),
        encoding=decoded.encoding,
        thumb=buffer.getvalue(),
    )


def _middle(image: Image.Image) -> Image.Image:
    """The middle half of either side."""
    across, down = image.width // 4, image.height // 4
    return image.crop((across, down, image.width - across, image.height - down))


def warnings_of(
    photos: Sequence[Photo], facts: Mapping[str, PhotoFacts], class_names: Sequence[str], counts: Mapping[str, int]
) -> tuple[Notice, ...]:
    """What the owner should know about the used photos: odd ones by kind, and classes that are tiny or out of balance."""
    looks = [(photo.path, facts[photo.path]) for photo in photos]
    return tuple(
        notice
        for notice in (*_odd_photos(looks), *_odd_classes(class_names, counts), *_odd_parts(photos, class_names))
        if notice
    )


def _odd_photos(looks: list[tuple[str, PhotoFacts]]) -> list[Notice | None]:
    if not looks:
        return []
    typical = median(look.sharpness for _, look in looks)
    area = median(look.size_px[0] * look.size_px[1] for _, look in looks)
    aspect = median(_aspect(look) for _, look in looks)
    grey_share = sum(look.is_grey for _, look in looks) / len(looks)
    grey_is_odd = 0 < grey_share < GREY_MINORITY
    colour_is_odd = 0 < 1 - grey_share < GREY_MINORITY
    return [
        _notice("blurred", "much less sharp than the others", [p for p, f in looks if f.sharpness < BLURRED * typical]),
        _notice("dark", "almost black", [p for p, f in looks if f.brightness < DARK]),
        _notice("bright", "almost white", [p for p, f in looks if f.brightness > BRIGHT]),
        _notice(
            "odd-size",
            "very small, alone or beside the others",
            [p for p, f in looks if min(f.size_px) < SMALL_SIDE or f.size_px[0] * f.size_px[1] < ODD_AREA * area],
        ),
        _notice(
            "odd-aspect",
            "much wider or narrower than the others",
            [p for p, f in looks if not 1 / ODD_ASPECT < _aspect(f) / aspect < ODD_ASPECT],
        ),
        _notice("grey-among-colour", "grey among colour photos", [p for p, f in looks if grey_is_odd and f.is_grey]),
        _notice("colour-among-grey", "coloured among grey photos", [p for p, f in looks if colour_is_odd and not f.is_grey]),
        _notice(
            "wrong-extension",
            "named as another format than the content has (and read all the same)",
            [p for p, f in looks if PurePosixPath(p).suffix.lower() not in _SUFFIXES.get(f.format, ())],
        ),
    ]


def _odd_classes(class_names: Sequence[str], counts: Mapping[str, int]) -> list[Notice | None]:
    tiny = [name for name in class_names if counts[name] < TINY_CLASS]
    found: list[Notice | None] = []
    if tiny:
        listed = ", ".join(f"{name} ({counts[name]})" for name in tiny)
        found.append(
            Notice("tiny-class", f"Fewer than {TINY_CLASS} photos: {listed}. Ten are little, fifty are good.", tuple(tiny))
        )
    if class_names:
        largest, smallest = max(class_names, key=counts.__getitem__), min(class_names, key=counts.__getitem__)
        if counts[largest] > IMBALANCE * counts[smallest]:
            sentence = (
                f"{largest} has {counts[largest]} photos, {smallest} only {counts[smallest]}: more of the latter would help."
            )
            found.append(Notice("imbalance", sentence, (largest, smallest)))
    return found


def _odd_parts(photos: Sequence[Photo], class_names: Sequence[str]) -> list[Notice | None]:
    """Classes that the parts which the owner fixed leave without a photo to learn from, or to be tested on."""
    trained = {photo.label for photo in photos if photo.part in (None, "train")}
    tested = {photo.label for photo in photos if photo.part == "test"}
    unlearned = tuple(name for label, name in enumerate(class_names) if label not in trained)
    untested = tuple(name for label, name in enumerate(class_names) if tested and label not in tested)
    return [
        Notice("not-in-train", f"No training photo of: {', '.join(unlearned)}.", unlearned) if unlearned else None,
        Notice("not-in-test", f"No test photo of: {', '.join(untested)}. It cannot be tested.", untested) if untested else None,
    ]


def _aspect(facts: PhotoFacts) -> float:
    """Width over height."""
    return facts.size_px[1] / facts.size_px[0]


def _notice(kind: str, what: str, paths: list[str]) -> Notice | None:
    if not paths:
        return None
    subject = "1 photo is" if len(paths) == 1 else f"{len(paths)} photos are"
    return Notice(kind, f"{subject} {what}: {', '.join(paths[:3])}{', ...' if len(paths) > 3 else ''}", tuple(paths))
