"""Are strangers recognised as such? Every set against all the others, and what the score costs in the graph.

    python benchmarks/novelty.py [PHOTOS...] [--near KNOWN:STRANGE] [--kin KNOWN:STRANGE] [--seeds 5]

Each set is divided 80/20, groups whole; the score, its limits and the head come from the 80 alone. `auroc` is how often a
stranger is more novel than one of the 20 held out, `fpr95` the share of strangers accepted where 95 % of the 20 are. With the
limits for 5 %, `not_novel` is the share of strangers that is not called novel, `accepted` the share that is not called unknown
at all, and `own_novel` and `own_unknown` are what these limits turn away of the 20. Means over the seeds. `--near` are
strangers of a kindred set, classes of the same name left out; `--kin` are left out altogether (faces are no strangers to a set
of people). Without PHOTOS, only the cost is measured, on random prototypes. `novelty_scores.py` compares other scores.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median

import numpy as np
from embedded import Embedded, embedded, learned
from measure import save

from kenali.bundle.graph import attach_head
from kenali.bundle.novelty import Prototypes, attach_novelty, unit_length
from kenali.evaluation.novelty import MOST_PROTOTYPES, auroc
from kenali.models.backbones import load_backbone
from kenali.network import Network
from kenali.photos.split import assign

RATE = 0.05
RUNS = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="*")
    parser.add_argument("--near", action="append", default=[], metavar="KNOWN:STRANGE")
    parser.add_argument("--kin", action="append", default=[], metavar="KNOWN:STRANGE")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    sets = {folder.name: embedded(folder) for folder in options.photos}
    near, kin = ([tuple(pair.split(":")) for pair in pairs] for pairs in (options.near, options.kin))
    rows: list[dict[str, object]] = []
    for name, known in sets.items():
        draws = [Draw(known, seed) for seed in range(options.seeds)]
        for other, strange in sets.items():
            if other == name or (name, other) in kin:
                continue
            strangers = strange
            if (name, other) in near:
                strangers = strange.of(
                    np.flatnonzero([strange.class_names[j] not in known.class_names for j in strange.labels])
                )
            row = {"known": name, "strangers": other, "near": (name, other) in near, "n": len(strangers.photos)}
            row |= averaged([draw.against(strangers) for draw in draws])
            rows.append(row)
            print(row, flush=True)
    if rows:
        save("novelty", rows)
    else:
        save("novelty-cost", list(costs()))


class Draw:
    """One division of a set, with what the known part teaches."""

    def __init__(self, known: Embedded, seed: int) -> None:
        part = assign(known.groups.tolist(), known.labels.tolist(), [0.8, 0.2], seed)
        self.inside, self.held = known.of(np.flatnonzero(part == 0)), known.of(np.flatnonzero(part == 1))
        self.model = learned(self.inside, seed)

    def against(self, strangers: Embedded) -> dict[str, float]:
        own, other = (self.model.prototypes.novelty(part.features) for part in (self.held, strangers))
        return {
            "auroc": auroc(own, other),
            "fpr95": float((other <= np.quantile(own, 0.95, method="higher")).mean()),
            "not_novel": 1 - self.told(strangers, "novel"),
            "accepted": self.told(strangers, None),
            "own_novel": self.told(self.held, "novel"),
            "own_unknown": 1 - self.told(self.held, None),
        }

    def told(self, photos: Embedded, reason: str | None) -> float:
        """The share that is called unknown for this reason, or, for None, not at all."""
        reasons = self.model.predict(photos.features).reasons
        return reasons.count(reason) / len(reasons)


def averaged(draws: list[dict[str, float]]) -> dict[str, object]:
    return {key: round(mean(draw[key] for draw in draws), 4) for key in draws[0]}


def costs() -> Iterator[dict[str, object]]:
    """How much longer a photo takes with the score in a graph for five classes: CPU time of one thread, in turn."""
    backbone = load_backbone("efficientnet_lite0")
    weight = np.zeros((5, backbone.spec.features), np.float32)
    model = attach_head(backbone.onnx_path.read_bytes(), weight, weight[:, 0])
    generator = np.random.default_rng(0)
    sizes = (100, 500, MOST_PROTOTYPES)
    networks = [Network(model)]
    for size in sizes:
        unit = unit_length(generator.random((size, backbone.spec.features)).astype(np.float32))
        networks.append(Network(attach_novelty(model, Prototypes(unit))))
    pixels = generator.integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    seconds = np.zeros((RUNS, len(networks)))
    for run in range(RUNS):
        for index in generator.permutation(len(networks)).tolist():
            start = time.thread_time()
            networks[index](pixels)
            seconds[run, index] = time.thread_time() - start
    for index, size in enumerate(sizes, start=1):
        more = median((seconds[:, index] / seconds[:, 0]).tolist()) - 1
        row: dict[str, object] = {
            "prototypes": size,
            "network_ms": round(1000 * float(np.median(seconds[:, 0])), 2),
            "more": round(more, 4),
            "mib": round(size * backbone.spec.features * 4 / 2**20, 2),
        }
        print(row)
        yield row


if __name__ == "__main__":
    main()
