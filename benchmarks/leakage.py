"""What a careless split claims, and what it costs to find out, on photos as they are and with copies planted among them.

    python benchmarks/leakage.py PHOTOS... [--copied 0.4]

A share of the photos gets one copy each: mirrored, turned, brighter, or half as large, saved again at quality 80, as albums
and scraped collections hold them. `seconds` is what the measurement adds to `kenali train` once features are known.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from measure import save
from PIL import Image, ImageEnhance

import kenali
from kenali.images import decode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--copied", type=float, default=0.4)
    options = parser.parse_args()
    rows = []
    for photos in options.photos:
        with tempfile.TemporaryDirectory() as scratch:
            plant(photos, Path(scratch) / "photos", options.copied)
            for name, folder in ((photos.name, photos), (f"{photos.name} with copies", Path(scratch) / "photos")):
                rows.append({"photos": name, **measured(folder, Path(scratch) / "bundle")})
                print(rows[-1], flush=True)
    save("leakage", rows)


def measured(photos: Path, bundle: Path) -> dict[str, object]:
    document = [kenali.train(photos, bundle, recipe=kenali.FrozenRecipe(golden=0)).document for _ in range(2)][1]
    leakage, seconds = document["leakage"], document["seconds"]
    if leakage is None:
        empty = dict.fromkeys(("careful", "difference", "leaked_share", "seconds", "fit_seconds"), "")
        return {"careless": "nothing to leak", **empty}
    return {
        "careless": told(leakage["naive"]),
        "careful": told(leakage["safe"]),
        "difference": told(leakage["difference"]),
        "leaked_share": round(leakage["leaked_share"], 3),
        "seconds": seconds["leakage"],
        "fit_seconds": seconds["fit"],
    }


def told(share: dict[str, float]) -> str:
    return f"{share['value']:.3f} ({share['low']:.3f} to {share['high']:.3f})"


def plant(photos: Path, folder: Path, share: float) -> None:
    """The used photos, and altered copies of some of them."""
    scanned = kenali.scan(photos)
    rng = np.random.default_rng(0)
    for photo in scanned.photoset.photos:
        target = folder / scanned.photoset.class_names[photo.label] / photo.path.replace("/", "-")
        target.parent.mkdir(parents=True, exist_ok=True)
        data = scanned.photoset.source.read(photo.path)
        target.write_bytes(data)
        if rng.random() < share:
            altered(decode(data).image, int(rng.integers(4))).save(target.with_suffix(".copy.jpg"), quality=80)


def altered(image: Image.Image, how: int) -> Image.Image:
    if how == 0:
        return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if how == 1:
        return image.transpose(Image.Transpose.ROTATE_90)
    if how == 2:
        return ImageEnhance.Brightness(image).enhance(1.15)
    return image.resize((max(1, image.width // 2), max(1, image.height // 2)))


if __name__ == "__main__":
    main()
