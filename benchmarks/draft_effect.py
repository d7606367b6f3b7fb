"""What decoding large JPEGs as drafts changes: probabilities of a bundle with and without, on photos of several sizes.

    python benchmarks/draft_effect.py [BUNDLE PHOTOS]

Without arguments, on the demo's bundle and large mosaics of the pictures that scikit-image ships. With a bundle and a
folder, each photo is also laid out in a 4 x 4 mosaic of the folder's photos, which has real detail at full size.
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
from kenali.types import FloatArray

SIZES = ((816, 612), (1224, 918), (1632, 1224), (3264, 2448), (4032, 3024))


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
    rows = []
    for size in SIZES:
        differences, full_ms, draft_ms = [], [], []
        for seed in range(40):
            large = enlarged(pictures, seed, size)
            buffer = io.BytesIO()
            large.save(buffer, "JPEG", quality=88)
            full, seconds = probabilities(classifier, buffer.getvalue(), None)
            full_ms.append(1000 * seconds)
            draft, seconds = probabilities(classifier, buffer.getvalue(), draft_side(classifier.manifest.preprocessing))
            draft_ms.append(1000 * seconds)
            differences.append(float(np.abs(full - draft).max()))
        row = {
            "size": f"{size[0]}x{size[1]}",
            "max_difference": round(max(differences), 4),
            "median_difference": round(float(np.median(differences)), 5),
            "full_ms": round(float(np.median(full_ms)), 1),
            "draft_ms": round(float(np.median(draft_ms)), 1),
        }
        rows.append(row)
        print(row)
    save("draft_effect", rows)


def enlarged(pictures: list[Image.Image], seed: int, size: tuple[int, int]) -> Image.Image:
    """Alternately a mosaic with detail at full size and one photograph enlarged."""
    if seed % 2:
        return mosaic(pictures, seed, size)
    return pictures[seed % len(pictures)].resize(size, Image.Resampling.BICUBIC)


def probabilities(classifier: Classifier, data: bytes, min_side: int | None) -> tuple[FloatArray, float]:
    """Probabilities (k,), and the seconds of decoding and preprocessing."""
    start = time.perf_counter()
    pixels = preprocess(decode(data, min_side=min_side).image, classifier.manifest.preprocessing)
    seconds = time.perf_counter() - start
    return softmax(classifier.network(pixels[None])["logits"][0]), seconds


if __name__ == "__main__":
    main()
