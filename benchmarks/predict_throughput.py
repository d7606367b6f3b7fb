"""Photos a second of `kenali predict` on JPEGs of 2 megapixels, against its own limits and a plain torch + timm loop.

    python benchmarks/predict_throughput.py [--photos 2000] [--rounds 3] [--peer-photos 200]

Decode only and model only run on all cores in this process; no program that does both on the same cores can be faster
than their harmonic limit 1 / (1/decode + 1/model). The peer is the loop that timm's users write: open, transform,
batches of 32, softmax. All take turns within each round.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from measure import run, save
from pictures import write_large_jpegs

from kenali.images import decode, draft_side, preprocess
from kenali.parallel import map_in_order
from kenali.predict import Classifier
from kenali.types import Pixels

PEER = Path(__file__).parent / "peers" / "timm_loop.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-photos", type=int, default=200)
    options = parser.parse_args()
    kenali = str(Path(sys.executable).parent / "kenali")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run([kenali, "demo", "-o", str(folder / "demo")])
        bundle = str(folder / "demo" / "bundle")
        paths = write_large_jpegs(folder / "photos", options.photos)
        few = write_large_jpegs(folder / "few", options.photos // 4)
        peer_paths = write_large_jpegs(folder / "peer", options.peer_photos)
        rates: dict[str, list[float]] = {
            "decode only": [],
            "model only": [],
            "kenali": [],
            "kenali, no start": [],
            "torch + timm": [],
        }
        peaks: dict[str, list[float]] = {"all": [], "quarter": []}
        for _ in range(options.rounds):
            rates["decode only"].append(len(paths) / timed(partial(decode_only, bundle, paths)))
            rates["model only"].append(len(paths) / timed(partial(model_only, bundle, len(paths))))
            whole = run([kenali, "predict", bundle, str(folder / "photos"), "--csv"])
            part = run([kenali, "predict", bundle, str(folder / "few"), "--csv"])
            peer = run([sys.executable, str(PEER), str(folder / "peer")])
            rates["kenali"].append(len(paths) / whole.wall)
            rates["kenali, no start"].append((len(paths) - len(few)) / (whole.wall - part.wall))
            rates["torch + timm"].append(len(peer_paths) / float(peer.stdout))
            peaks["all"].append(whole.peak_mib)
            peaks["quarter"].append(part.peak_mib)
    middle = {name: median(values) for name, values in rates.items()}
    limit = 1 / (1 / middle["decode only"] + 1 / middle["model only"])
    for name, rate in middle.items():
        print(f"{name:<18}{rate:8.1f} photos/s")
    print(f"harmonic limit    {limit:8.1f} photos/s; kenali reaches {middle['kenali'] / limit:.2f} of it")
    print(f"kenali / (torch + timm): {middle['kenali'] / middle['torch + timm']:.1f} x")
    print(f"peak memory, {len(paths)} photos: {median(peaks['all']):.0f} MiB; {len(few)}: {median(peaks['quarter']):.0f} MiB")
    row = {name.replace(" ", "_").replace(",", ""): round(rate, 1) for name, rate in middle.items()}
    ratios = {
        "of_limit": round(middle["kenali"] / limit, 3),
        "over_peer": round(middle["kenali"] / middle["torch + timm"], 2),
    }
    memory = {"peak_mib": round(median(peaks["all"])), "peak_mib_quarter": round(median(peaks["quarter"]))}
    save("predict_throughput", [row | ratios | memory | {"photos": len(paths), "rounds": options.rounds}])


def timed(function: partial[None]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def decode_only(bundle: str, paths: list[Path]) -> None:
    """Read, decode and preprocess every file on all cores."""
    preprocessing = Classifier.load(bundle).manifest.preprocessing

    def one(path: Path) -> Pixels:
        return preprocess(decode(path.read_bytes(), min_side=draft_side(preprocessing)).image, preprocessing)

    for _ in map_in_order(one, paths):
        pass


def model_only(bundle: str, count: int) -> None:
    """The network on ready pixels, on all cores."""
    classifier = Classifier.load(bundle)
    height, width = classifier.manifest.preprocessing.image_size
    pixels = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), dtype=np.uint8)
    for _ in map_in_order(lambda _: classifier.network(pixels), range(count)):
        pass


if __name__ == "__main__":
    main()
