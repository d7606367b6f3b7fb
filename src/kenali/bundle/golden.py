"""Golden photos: a few inputs with their expected outputs, so that any runtime can prove it computes the same model."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kenali.files import write_atomically
from kenali.images import decode, preprocess
from kenali.network import Network, softmax
from kenali.parallel import map_in_order
from kenali.types import Preprocessing

_LONG_SIDE = 384  # larger than any default input, so that a replay exercises the resize; small enough to ship
_DRAWN = 8

PROMISE = 1e-3
"""How far an answer to a golden photo may lie from what the bundle says: a probability, or its novelty."""


def photograph(image: Image.Image) -> bytes:
    """An upright RGB photo as PNG, its long side at most 384 pixels."""
    image = image.copy()
    image.thumbnail((_LONG_SIDE, _LONG_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False)
    return buffer.getvalue()


def draw(count: int = _DRAWN) -> list[bytes]:
    """`count` drawn pictures as PNG, for bundles that must hold none of the owner's photos."""
    return [photograph(_cloud(seed)) for seed in range(count)]


def _cloud(seed: int) -> Image.Image:
    """Smooth coloured noise at three scales, 300 x 260."""
    generator = np.random.default_rng(seed)
    layers = [generator.integers(0, 256, (side, side, 3), dtype=np.uint8) for side in (3, 9, 40)]
    grown = [np.asarray(Image.fromarray(layer).resize((300, 260), Image.Resampling.BICUBIC), np.float32) for layer in layers]
    mixed = 0.5 * grown[0] + 0.3 * grown[1] + 0.2 * grown[2]
    return Image.fromarray(mixed.astype(np.uint8))


def write_golden(folder: Path, photos: Iterable[bytes], network: Network, preprocessing: Preprocessing) -> int:
    """Write `golden/NN.png` and `golden/golden.json` with each photo's pixel checksum and answers; returns their number.

    The answers are its logits and, where the network gives one, its novelty.
    """

    def write(numbered: tuple[int, bytes]) -> dict[str, Any]:
        number, data = numbered
        pixels = preprocess(decode(data).image, preprocessing)
        outputs = network(pixels[None], *network.answers)
        name = f"{number:02}.png"
        write_atomically(folder / "golden" / name, data)
        checksum = hashlib.sha256(pixels.tobytes()).hexdigest()
        logits = [round(float(value), 6) for value in outputs["logits"][0]]
        record: dict[str, Any] = {"file": name, "pixels_sha256": checksum, "logits": logits}
        if "novelty" in outputs:
            record["novelty"] = round(float(outputs["novelty"][0]), 6)
        return record

    records = list(map_in_order(write, enumerate(photos)))
    if records:
        write_atomically(folder / "golden" / "golden.json", json.dumps(records, indent=1) + "\n")
    return len(records)


def replay(folder: Path, network: Network, preprocessing: Preprocessing) -> float:
    """The largest difference between expected and present probabilities, or novelty, over a bundle's golden photos.

    Pixels that no longer match their checksum count as a difference of 1; a bundle without golden photos gives 0.
    """
    listing = folder / "golden" / "golden.json"
    if not listing.is_file():
        return 0.0

    def difference(record: dict[str, Any]) -> float:
        pixels = preprocess(decode((folder / "golden" / record["file"]).read_bytes()).image, preprocessing)
        if hashlib.sha256(pixels.tobytes()).hexdigest() != record["pixels_sha256"]:
            return 1.0
        expected = np.asarray(record["logits"], np.float32)
        outputs = network(pixels[None], *network.answers)
        worst = float(np.abs(softmax(outputs["logits"][0]) - softmax(expected)).max())
        if "novelty" in record:
            worst = max(worst, abs(float(outputs["novelty"][0]) - record["novelty"]))
        return worst

    return max(map_in_order(difference, json.loads(listing.read_text(encoding="utf-8"))), default=0.0)
