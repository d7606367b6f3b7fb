"""What decoding large JPEGs as drafts changes: probabilities of a bundle with and without, on photos of several sizes.

    python benchmarks/draft_effect.py [BUNDLE PHOTOS]

Without arguments, on the demo's bundle and the pictures that scikit-image ships; else on a bundle and a folder of
photos. Half of the test pictures are single photos enlarged, half mosaics of several photos at their own resolution:
these have detail at full size, and are as ambiguous as photos get. As a control, a quarter of the pixels that reach the
network are changed by one grey level: what a probability moves by then is its own sensitivity, not the draft's fault.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measure import run, save
from pictures import mosaic, shipped
from PIL import Image

from kenali.images import decode, draft_side, preprocess
from kenali.network import softmax
from kenali.predict import Classifier
from kenali.types import FloatArray, Pixels

SIZES = ((1632, 1224), (3264, 2448), (4032, 3024))


def main() -> None:
    pictures = shipped()
    with tempfile.TemporaryDirectory() as folder:
        bundle = sys.argv[1] if len(sys.argv) > 2 else folder + "/bundle"
        if len(sys.argv) > 2:
            files = sorted(path for path in Path(sys.argv[2]).rglob("*") if path.is_file())
            pictures = [decode(path.read_bytes()).image for path in files[:: max(1, len(files) // 60)]]
        else:
            run([str(Path(sys.executable).parent / "kenali"), "demo", "-o", folder])
        classifier = Classifier.load(bundle)
    draft = draft_side(classifier.manifest.preprocessing)
    rows = []
    for size in SIZES:
        effects, controls, full_ms, draft_ms, flips = [], [], [], [], 0
        for seed in range(40):
            data = jpeg(pictures, seed, size)
            full_pixels, seconds = pixels_of(classifier, data, None)
            full_ms.append(1000 * seconds)
            draft_pixels, seconds = pixels_of(classifier, data, draft)
            draft_ms.append(1000 * seconds)
            full = probabilities(classifier, full_pixels)
            drafted = probabilities(classifier, draft_pixels)
            effects.append(float(np.abs(full - drafted).max()))
            controls.append(float(np.abs(full - probabilities(classifier, nudged(full_pixels, seed))).max()))
            flips += int(full.argmax() != drafted.argmax())
        row = {
            "photos": Path(sys.argv[2]).name if len(sys.argv) > 2 else "demo",
            "size": f"{size[0]}x{size[1]}",
            "median": round(float(np.median(effects)), 4),
            "p90": round(float(np.percentile(effects, 90)), 4),
            "max": round(max(effects), 4),
            "flips_of_40": flips,
            "control_median": round(float(np.median(controls)), 4),
            "control_max": round(max(controls), 4),
            "full_ms": round(float(np.median(full_ms)), 1),
            "draft_ms": round(float(np.median(draft_ms)), 1),
        }
        rows.append(row)
        print(row, flush=True)
    save("draft_effect", rows)


def jpeg(pictures: list[Image.Image], seed: int, size: tuple[int, int]) -> bytes:
    """Alternately a mosaic with detail at full size and one photograph enlarged, as a JPEG file."""
    single = pictures[seed % len(pictures)]
    large = mosaic(pictures, seed, size) if seed % 2 else single.resize(size, Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    large.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def pixels_of(classifier: Classifier, data: bytes, min_side: int | None) -> tuple[Pixels, float]:
    """The network's pixels, and the seconds of decoding and preprocessing."""
    start = time.perf_counter()
    pixels = preprocess(decode(data, min_side=min_side).image, classifier.manifest.preprocessing)
    return pixels, time.perf_counter() - start


def nudged(pixels: Pixels, seed: int) -> Pixels:
    """A quarter of the values one grey level up or down."""
    generator = np.random.default_rng(seed)
    steps = generator.choice([-1, 0, 1], pixels.shape, p=[0.125, 0.75, 0.125])
    changed: Pixels = np.clip(pixels + steps, 0, 255).astype(np.uint8)
    return changed


def probabilities(classifier: Classifier, pixels: Pixels) -> FloatArray:
    """Probabilities (k,) for one photo's pixels."""
    return softmax(classifier.network(pixels[None])["logits"][0])


if __name__ == "__main__":
    main()
