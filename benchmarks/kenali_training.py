"""Kenali's side of `train_throughput.py`, a process for each measure, which prints what the peers print.

    python benchmarks/kenali_training.py --study NETWORK STEPS BATCH
    python benchmarks/kenali_training.py --fine-tune NETWORK STEPS BATCH --photos FOLDER

3 batches warm up, STEPS batches count. `--study` trains on random pixels held in memory, without augmentation.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

WARM_UP = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--study", nargs=3, metavar=("NETWORK", "STEPS", "BATCH"))
    what.add_argument("--fine-tune", nargs=3, metavar=("NETWORK", "STEPS", "BATCH"))
    parser.add_argument("--photos", type=Path)
    options = parser.parse_args()
    network, steps, batch = options.study or options.fine_tune
    if options.study:
        found = {"images_per_s": study_rate(network, int(steps), int(batch))}
    elif options.photos is None:
        parser.error("--fine-tune needs --photos")
    else:
        found = fine_tune_rate(network, int(steps), int(batch), options.photos)
    print(json.dumps(found | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def study_rate(name: str, steps: int, batch: int) -> float:
    """Images a second of one epoch of the training loop, with the optimiser of the study's recipe."""
    import numpy as np
    import torch

    from kenali.models.networks import network_spec
    from kenali.training.checkpoint import Checkpoints
    from kenali.training.choices import NetworkRecipe
    from kenali.training.events import BatchEnd
    from kenali.training.loop import PixelSet, train_network
    from kenali.training.recipe import load_recipe

    recipe = load_recipe(name, epochs=1, batch_size=batch)
    assert isinstance(recipe, NetworkRecipe)
    spec = network_spec(name)
    torch.manual_seed(recipe.seed)
    network = spec.build(spec.outputs(2))
    shape = (*spec.preprocessing.image_size, spec.preprocessing.channels)
    photos = (WARM_UP + steps) * batch
    pixels = np.random.default_rng(0).integers(0, 256, (photos, *shape), np.uint8)
    training = PixelSet(pixels, np.arange(photos) % 2)
    validation = PixelSet(pixels[:0], np.zeros(0, np.int64))
    ends = []
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = Checkpoints(Path(folder), "benchmark")
        for event in train_network(network, training, validation, recipe, np.ones(2), None, checkpoints):
            if isinstance(event, BatchEnd):
                ends.append(time.perf_counter())
    assert len(ends) == WARM_UP + steps
    return batch * steps / (ends[-1] - ends[WARM_UP - 1])


def fine_tune_rate(network: str, steps: int, batch: int, photos: Path) -> dict[str, float]:
    """`images_per_s` of fine-tuning `network` at 224 pixels on the photos in the folder, decoding and augmentation
    included, and `model_images_per_s` of the same on one batch held in memory.
    """
    raise NotImplementedError("TO BE FILLED IN: Kenali's fine-tuning is not measured yet")


if __name__ == "__main__":
    main()
