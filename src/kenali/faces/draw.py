"""A photo with its faces marked."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from kenali.errors import KenaliError
from kenali.faces.values import Face
from kenali.files import write_atomically

_COLOUR = (255, 196, 0)
_EDGE = (20, 20, 20)


def drawn(photo: Image.Image, faces: Sequence[Face], captions: Sequence[str] = ()) -> Image.Image:
    """A copy of an RGB photo with each face's box and landmarks, and a caption above it where there are captions."""
    picture = photo.copy()
    pen = ImageDraw.Draw(picture)
    width = max(1, round(max(photo.size) / 400))
    height = max(11, round(max(photo.size) / 50))
    font = ImageFont.load_default(size=height)
    for number, face in enumerate(faces):
        left, top, right, bottom = face.box
        pen.rectangle((left - width, top - width, right + width, bottom + width), outline=_EDGE, width=3 * width)
        pen.rectangle(face.box, outline=_COLOUR, width=width)
        for x, y in face.landmarks.tolist():
            pen.ellipse((x - 1.5 * width, y - 1.5 * width, x + 1.5 * width, y + 1.5 * width), fill=_COLOUR, outline=_EDGE)
        if number < len(captions):
            place = (left, max(0.0, top - width - 1.25 * height))
            pen.text(place, captions[number], font=font, fill=_COLOUR, stroke_width=2, stroke_fill=_EDGE)
    return picture


class Drawings:
    """Photos with their faces marked, written as PNG: to `out` itself where that is named `.png`, else into that folder.

    Names are made from the photos' own and never collide; a single file takes one photo alone. Safe to use from threads.
    """

    def __init__(self, out: Path) -> None:
        """Raises KenaliError where `out` exists, unless it is an empty folder."""
        self._out = out
        self._single = out.suffix.lower() == ".png"
        self._names: set[str] = set()
        self._lock = threading.Lock()
        if out.exists() and (self._single or not out.is_dir() or any(out.iterdir())):
            raise KenaliError(f"{out} exists already: choose another name, nothing was changed")

    def add(self, path: str, photo: Image.Image, faces: Sequence[Face], captions: Sequence[str] | None = None) -> Path:
        """Write one photo, with the detector's scores for captions unless others are given; the file.

        Raises KenaliError for a second photo where there is room for one.
        """
        target = self._target(Path(path).stem)
        buffer = io.BytesIO()
        told = [f"{face.score:.2f}" for face in faces] if captions is None else captions
        drawn(photo, faces, told).save(buffer, "PNG")
        write_atomically(target, buffer.getvalue())
        return target

    def _target(self, stem: str) -> Path:
        with self._lock:
            if self._single:
                if self._names:
                    raise KenaliError(f"{self._out} has room for one photo: name a folder instead")
                self._names.add(stem)
                return self._out
            name, number = stem, 1
            while name in self._names:
                number += 1
                name = f"{stem}-{number}"
            self._names.add(name)
            return self._out / f"{name}.png"
