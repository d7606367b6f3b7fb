"""Images a second in training on this machine's CPU: Kenali beside Keras, timm and fastai, taking turns.

    python benchmarks/train_throughput.py [--rounds 3] [--peers PYTHON] [--photos FOLDER] [--only {study,fine-tune}]
        [--steps 9]

The studies' networks from scratch on random pixels held in memory, against Keras on TensorFlow and on PyTorch; then two
networks fine-tuned at 224 pixels on the photos in FOLDER (a folder per class; default: the demo's), augmentation included,
against timm and fastai, which decode each photo in every epoch, where Kenali decodes once before. Kenali keeps the norms of
a pretrained network frozen; a second line trains them, which is the peers' work. Each measure is a process of its own, with
3 batches for warming up. PYTHON is that of an environment with the peers (default: `.venv-peers`, installed on first use).
`kenali_times` is how many times as fast Kenali is as that program in the same round, in the median. Leave the machine alone
meanwhile: one other busy process makes PyTorch several times slower where its threads wait for each other.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from measure import run, save
from time_to_model import PEERS, peer_environment

from kenali.demo import write_demo_photos

STUDIES = {"tyres": 64, "xray-small": 32, "xray-large": 32}  # batch sizes
FINE_TUNED = ("tf_efficientnet_lite0", "mobilenetv2_100")
FINE_TUNE_BATCH = 16

KENALI = "kenali"
Found = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=9)
    parser.add_argument("--peers", type=Path, metavar="PYTHON")
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--only", choices=["study", "fine-tune"])
    options = parser.parse_args()
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.5:
        print(f"warning: this machine is busy (load {os.getloadavg()[0]:.1f}); do not trust the numbers", file=sys.stderr)
    peer = str(options.peers or peer_environment(Path(".venv-peers")))
    if options.only != "fine-tune":
        rows = []
        for name, batch in STUDIES.items():
            rows += compare("study", name, batch, study_commands(peer, name, options.steps, batch), options)
        save("train_throughput", rows)
    if options.only != "study":
        with tempfile.TemporaryDirectory() as folder:
            photos = options.photos
            if photos is None:
                write_demo_photos(Path(folder) / "demo")
                photos = Path(folder) / "demo" / "train"
            rows = []
            for name in FINE_TUNED:
                rows += compare(
                    "fine-tune", name, FINE_TUNE_BATCH, fine_tune_commands(peer, name, options.steps, photos), options
                )
        save("train_throughput", rows)


def study_commands(peer: str, name: str, steps: int, batch: int) -> dict[str, list[str]]:
    keras = [peer, str(PEERS / "keras_study.py"), name]
    size = [str(steps), str(batch)]
    return {
        KENALI: [*kenali_side(), "--study", name, *size],
        "keras-tensorflow": [*keras, "tensorflow", *size],
        "keras-torch": [*keras, "torch", *size],
    }


def fine_tune_commands(peer: str, name: str, steps: int, photos: Path) -> dict[str, list[str]]:
    what = [name, str(steps), str(FINE_TUNE_BATCH), "--photos", str(photos)]
    return {
        KENALI: [*kenali_side(), "--fine-tune", *what],
        f"{KENALI}, batch norm trained": [*kenali_side(), "--fine-tune", *what, "--batch-norm", "train"],
        "timm": [peer, str(PEERS / "timm_finetune.py"), *what],
        "fastai": [peer, str(PEERS / "fastai_finetune.py"), *what],
    }


def kenali_side() -> list[str]:
    return [sys.executable, str(Path(__file__).parent / "kenali_training.py")]


def compare(
    task: str, network: str, batch: int, commands: Mapping[str, Sequence[str]], options: argparse.Namespace
) -> list[dict[str, object]]:
    """Run the programs in turn, `options.rounds` times; a row for each program."""
    found: dict[str, list[Found]] = {program: [] for program in commands}
    for _ in range(options.rounds):
        for program, command in commands.items():
            found[program].append(json.loads(run(command).stdout.splitlines()[-1]))
    rows = []
    for program, measures in found.items():
        model_rates = [one["model_images_per_s"] for one in measures if "model_images_per_s" in one]
        rows.append(
            {
                "task": task,
                "network": network,
                "batch": batch,
                "program": program,
                "images_per_s": round(median(rates(measures)), 1),
                "model_images_per_s": round(median(model_rates), 1) if model_rates else "",
                "peak_mb": round(max(one["peak_mb"] for one in measures)),
                "kenali_times": round(ratio(found, program), 2),
                "steps": options.steps,
                "rounds": options.rounds,
            }
        )
        print(rows[-1], flush=True)
    better = max(
        (program for program in found if not program.startswith(KENALI)), key=lambda program: median(rates(found[program]))
    )
    print(f"{task} {network}: Kenali is {ratio(found, better):.2f} times as fast as the better peer, {better}", flush=True)
    return rows


def rates(measures: Sequence[Found]) -> list[float]:
    return [one["images_per_s"] for one in measures]


def ratio(found: Mapping[str, Sequence[Found]], program: str) -> float:
    """How many times as fast Kenali was as `program` in the same round; the median over the rounds."""
    pairs = zip(rates(found[KENALI]), rates(found[program]), strict=True)
    return median(ours / theirs for ours, theirs in pairs)


if __name__ == "__main__":
    main()
