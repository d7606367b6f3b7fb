"""Seconds an epoch, and how far the weights end from those of one machine: this process alone, and teams on a Ray cluster.

    python benchmarks/scale_train.py [--networks xray-small tyres] [--photos 1024] [--epochs 3] [--rounds 3]

Networks of the studies on drawn photos, in one thread a process; two nodes of one core each on this computer. The ways take
turns. `start_s` is the time until the first epoch begins, which a team spends on starting; it is no part of an epoch. A team
sends every gradient once a step: what that costs beside the step itself decides whether a second worker helps.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from measure import save

WAYS = {"alone": 0, "1 worker": 1, "2 workers": 2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="*", default=["xray-small", "tyres"])
    parser.add_argument("--photos", type=int, default=1024)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    import torch

    from kenali.scale.cluster import cluster
    from tests.scale.conftest import Nodes

    torch.set_num_threads(1)
    nodes = Nodes(2)
    rows = []
    try:
        with tempfile.TemporaryDirectory() as folder, cluster(nodes.on):
            for name in options.networks:
                (Path(folder) / name).mkdir()
                rows += measured(name, options.photos, options.epochs, options.rounds, Path(folder) / name)
    finally:
        nodes.close()
    save("scale_train", rows)


def measured(name: str, photos: int, epochs: int, rounds: int, folder: Path) -> list[dict[str, object]]:
    """A row for each way of training the network `name`."""
    import torch

    pixels = drawn(name, photos, folder)
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    starts: dict[str, list[float]] = {way: [] for way in WAYS}
    weights: dict[str, Any] = {}
    for number in range(rounds):
        for way, workers in WAYS.items():
            begun = time.perf_counter()
            network = built(name)
            ends: list[float] = []
            for event, at in told(network, pixels, workers, epochs, folder / f"{way}-{number}"):
                if not ends:
                    ends.append(at)  # of the first step, which begins as soon as the team stands
                elif hasattr(event, "train_loss"):
                    ends.append(at)
            starts[way].append(ends[0] - begun)
            times[way] += [later - earlier for earlier, later in pairwise(ends[1:])]
            weights[way] = torch.cat([tensor.flatten() for tensor in network.state_dict().values()])
    rows: list[dict[str, object]] = []
    for way in WAYS:
        row = {"network": name, "way": way, "photos": photos, "epoch_s": round(median(times[way]), 2)}
        row |= {
            "times_as_fast": round(median(times["alone"]) / median(times[way]), 2),
            "start_s": round(median(starts[way]), 1),
        }
        row["largest_difference"] = f"{float((weights[way] - weights['alone']).abs().max()):.1e}"
        rows.append(row | {"rounds": rounds})
        print(rows[-1], flush=True)
    return rows


def drawn(name: str, n: int, folder: Path) -> Any:
    """Noise in the size of the network `name`, in a file that all nodes see."""
    from kenali.models.networks import NETWORKS
    from kenali.training.pixels import Mapped, PixelSet

    labels = np.arange(n) % 2
    wanted = NETWORKS[name].preprocessing
    noise = np.random.default_rng(0).integers(0, 200, (n, *wanted.image_size, wanted.channels), dtype=np.uint8)
    np.save(folder / "pixels.npy", noise + (40 * labels).astype(np.uint8)[:, None, None, None])
    return PixelSet(Mapped(folder / "pixels.npy"), labels)


def built(name: str) -> Any:
    import torch

    from kenali.models.networks import NETWORKS

    torch.manual_seed(0)
    return NETWORKS[name].build(NETWORKS[name].outputs(2))


def told(network: Any, pixels: Any, workers: int, epochs: int, folder: Path) -> Iterator[tuple[Any, float]]:
    """The events of a training run, each with the time at which it was told."""
    from kenali.scale.epochs import Together
    from kenali.training.checkpoint import Checkpoints
    from kenali.training.choices import Epochs
    from kenali.training.loop import train_network

    way = Together(workers) if workers else train_network
    choices = Epochs(epochs=epochs, batch_size=32, precision="float32")
    none = pixels.take(np.zeros(0, np.int64))
    checkpoints = Checkpoints(folder, "benchmark")
    for event in way(network, pixels, none, choices, np.ones(2), seed=0, augment=None, checkpoints=checkpoints):
        yield event, time.perf_counter()


if __name__ == "__main__":
    main()
