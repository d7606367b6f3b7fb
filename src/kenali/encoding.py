"""How a file holds its picture: what a camera or a program chose, and nothing of the subject."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, JpegImagePlugin

_MODES = {"L": "grey pixels", "RGB": "colour pixels"}
_SAMPLING = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}
_NAME_LENGTH = 40  # of a camera or program


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the header of a file tells about how it was made.

    `file_bytes` is the length of the file; `steps` are the mean quantisation steps of a JPEG's brightness and colour (0 where
    there is no such table). `traits` names the rest: `colour pixels`, `4:2:0`, `progressive`, `EXIF`, `camera NIKON D90` ...
    """

    file_bytes: int = 0
    steps: tuple[float, float] = (0.0, 0.0)
    traits: tuple[str, ...] = ()


def encoding_of(image: Image.Image, file_bytes: int) -> Encoding:
    """The encoding of a file of `file_bytes` bytes that Pillow has opened; the pixels are not decoded."""
    tables = [float(np.mean(table)) for _, table in sorted(getattr(image, "quantization", {}).items()) if len(table)]
    brightness, colour, *_ = *tables, 0.0, 0.0
    info, sampling = image.info, _sampling(image)
    present = {
        _MODES.get(image.mode, f"{image.mode} pixels"): True,
        sampling: sampling,
        "progressive": info.get("progressive"),
        "interlaced": info.get("interlace"),
        "JFIF": info.get("jfif"),
        "Adobe marker": "adobe" in info,
        "comment": info.get("comment"),
        "EXIF": info.get("exif"),
        "ICC profile": info.get("icc_profile"),
        f"{_first(info.get('dpi'))} dpi": info.get("dpi"),
        **dict.fromkeys(_made_with(image), True),
    }
    return Encoding(file_bytes, (brightness, colour), tuple(name for name, given in present.items() if given))


def _sampling(image: Image.Image) -> str:
    """How coarsely a JPEG holds colour; empty where it is none or holds no colour."""
    layers = getattr(image, "layer", [])
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or len(layers) != 3:
        return ""
    return _SAMPLING.get(JpegImagePlugin.get_sampling(image), "other sampling")


def _made_with(image: Image.Image) -> list[str]:
    """Camera and program as the EXIF names them; nothing where it is damaged."""
    if not image.info.get("exif") and image.format != "TIFF":
        return []  # asking a PNG for what it does not have would decode it
    try:
        exif = image.getexif()
        camera = f"{exif.get(ExifTags.Base.Make, '')} {exif.get(ExifTags.Base.Model, '')}"
        program = str(exif.get(ExifTags.Base.Software, ""))
    except Exception:
        return []
    said = (("camera", _one_line(camera)), ("program", _one_line(program)))
    return [f"{what} {name}" for what, name in said if name]


def _one_line(text: str) -> str:
    """Text from outside without line breaks and control characters, cut to a length."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_NAME_LENGTH]


def _first(dpi: object) -> str:
    """The horizontal resolution that a header states."""
    number = dpi[0] if isinstance(dpi, tuple) and dpi else dpi
    try:
        return f"{float(number):.0f}"  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        return "odd"
