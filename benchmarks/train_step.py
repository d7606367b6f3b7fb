"""Images a second of the studies' networks on this machine's CPU, with and without keeping large buffers, taking turns.

    python benchmarks/train_step.py [--rounds 3]

Forward, backward and an Adam step on batches of 32, after three steps of warming up; each measure in a process of its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from statistics import median

from measure import run, save

from kenali.allocator import keep_large_buffers
from kenali.models.networks import NETWORKS

BATCH, WARM_UP, STEPS = 32, 3, 9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("NETWORK", "KEEP"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(images_a_second(options.one[0], options.one[1] == "keep"))
        return
    rows = []
    for name in NETWORKS:
        rates: dict[str, list[float]] = {"plain": [], "keep": []}
        for _ in range(options.rounds):
            for way, found in rates.items():
                found.append(float(run([sys.executable, __file__, "--one", name, way]).stdout))
        plain, kept = median(rates["plain"]), median(rates["keep"])
        row = {"network": name, "plain": round(plain, 1), "kept": round(kept, 1), "ratio": round(kept / plain, 2)}
        rows.append(row | {"rounds": options.rounds})
        print(row)
    save("train_step", rows)


def images_a_second(name: str, keep: bool) -> float:
    import torch
    from torch.nn import functional

    if keep:
        keep_large_buffers()
    spec = NETWORKS[name]
    torch.manual_seed(0)
    network = spec.build(2).to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(network.parameters())
    shape = (BATCH, spec.preprocessing.channels, *spec.preprocessing.image_size)
    pixels = torch.rand(shape).to(memory_format=torch.channels_last)
    labels = torch.arange(BATCH) % 2
    start = 0.0
    for step in range(WARM_UP + STEPS):
        if step == WARM_UP:
            start = time.perf_counter()
        optimiser.zero_grad(set_to_none=True)
        functional.cross_entropy(network(pixels), labels).backward()
        optimiser.step()
    return BATCH * STEPS / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
