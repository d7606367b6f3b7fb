"""Photos for the browser: strangers to the demo's classes, damaged and huge ones, and a clip for the camera."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from kenali.demo import photographs


def photograph(name: str) -> Image.Image:
    """A photograph that scikit-image ships, RGB."""
    return Image.open(photographs() / name).convert("RGB")


def patches(name: str, side: int = 64, blank: float = 12.0) -> list[bytes]:
    """Square patches of a photograph as JPEG, those left out that show next to nothing."""
    image = photograph(name)
    found = []
    for top in range(0, image.height - side + 1, side):
        for left in range(0, image.width - side + 1, side):
            patch = image.crop((left, top, left + side, top + side))
            if np.asarray(patch, np.float32).std() >= blank:
                found.append(as_jpeg(patch))
    return found


def as_jpeg(image: Image.Image, quality: int = 92) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def huge(path: Path, megapixels: int = 50) -> Path:
    """A JPEG of so many megapixels, a photograph enlarged."""
    side = round((megapixels * 1e6) ** 0.5)
    image = photograph("grass.png").filter(ImageFilter.GaussianBlur(1))
    image.resize((side, side), Image.Resampling.BILINEAR).save(path, "JPEG", quality=80)
    return path


def clip(path: Path, pictures: list[Image.Image], frames_each: int = 20, size: tuple[int, int] = (320, 240)) -> Path:
    """A film of still pictures, one after the other, as YUV4MPEG2: what Chromium's fake camera plays in a loop."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{size[0]} H{size[1]} F10:1 Ip A1:1 C420jpeg\n".encode())
        for picture in pictures:
            luma, blue, red = picture.resize(size).convert("YCbCr").split()
            half = (size[0] // 2, size[1] // 2)
            frame = luma.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes()
            for _ in range(frames_each):
                file.write(b"FRAME\n" + frame)
    return path
