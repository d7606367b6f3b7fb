"""Kenali's side of `train_throughput.py`, a process for each measure, which prints what the peers print.

    python benchmarks/kenali_training.py --study NETWORK STEPS BATCH
    python benchmarks/kenali_training.py --fine-tune NETWORK STEPS BATCH --photos FOLDER [--batch-norm {frozen,train}]

3 batches warm up, STEPS batches count. `--study` trains on random pixels held in memory, without augmentation.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

WARM_UP = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--study", nargs=3, metavar=("NETWORK", "STEPS", "BATCH"))
    what.add_argument("--fine-tune", nargs=3, metavar=("NETWORK", "STEPS", "BATCH"))
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--batch-norm", choices=["frozen", "train"], default="frozen")
    options = parser.parse_args()
    network, steps, batch = options.study or options.fine_tune
    if options.study:
        found = {"images_per_s": study_rate(network, int(steps), int(batch))}
    elif options.photos is None:
        parser.error("--fine-tune needs --photos")
    else:
        found = fine_tune_rate(network, int(steps), int(batch), options.photos, options.batch_norm)
    print(json.dumps(found | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def study_rate(name: str, steps: int, batch: int) -> float:
    """Images a second of one epoch of the training loop, with the optimiser of the study's recipe."""
    import numpy as np
    import torch

    from kenali.models.networks import NETWORKS
    from kenali.training.choices import NetworkRecipe
    from kenali.training.loop import train_network
    from kenali.training.pixels import PixelSet
    from kenali.training.recipe import load_recipe

    recipe = load_recipe(name, epochs=1, batch_size=batch)
    assert isinstance(recipe, NetworkRecipe)
    spec = NETWORKS[name]
    torch.manual_seed(recipe.seed)
    network = spec.build(spec.outputs(2))
    shape = (*spec.preprocessing.image_size, spec.preprocessing.channels)
    photos = (WARM_UP + steps) * batch
    pixels = np.random.default_rng(0).integers(0, 256, (photos, *shape), np.uint8)
    training = PixelSet(pixels, np.arange(photos) % 2)
    validation = PixelSet(pixels[:0], np.zeros(0, np.int64))
    return _rate(train_network(network, training, validation, recipe, np.ones(2)), steps, batch)


def fine_tune_rate(name: str, steps: int, batch: int, photos: Path, batch_norm: str) -> dict[str, float]:
    """Images a second of the recipe `fine-tune` at the network's own size.

    `images_per_s` is with augmentation, on photos that were decoded once before, as every run does; `model_images_per_s`
    without augmentation. Random weights stand in for pretrained ones; with `batch_norm` frozen the norms are folded, as
    they are for pretrained weights.
    """
    import numpy as np

    from kenali.models.pretrained import network_spec
    from kenali.photos import scan
    from kenali.training.augment import augmenter
    from kenali.training.choices import NetworkRecipe
    from kenali.training.loop import train_network
    from kenali.training.network_learner import build_network, training_preprocessing
    from kenali.training.pixels import pixel_set
    from kenali.training.recipe import load_recipe

    recipe = load_recipe("fine-tune", network=name, weights="hub", epochs=1, batch_size=batch, batch_norm=batch_norm)
    assert isinstance(recipe, NetworkRecipe)
    spec, photoset = network_spec(name), scan(photos).photoset
    size, found = spec.preprocessing.image_size, {}
    with tempfile.TemporaryDirectory() as folder:
        for key, crop in (("images_per_s", recipe.augmentation.crop), ("model_images_per_s", 1.0)):
            choices = recipe.model_copy(update={"augmentation": recipe.augmentation.model_copy(update={"crop": crop})})
            augment = augmenter(choices.augmentation, size) if crop < 1 else None
            seen = training_preprocessing(spec.preprocessing, choices)
            decoded = pixel_set(photoset.photos, photoset.source, seen, Path(folder))
            training = decoded.take(np.resize(np.arange(len(decoded)), (WARM_UP + steps) * batch))
            k = len(photoset.class_names)
            network = build_network(spec, k, choices, pretrained=True)
            events = train_network(network, training, training.take(np.arange(0)), choices, np.ones(k), augment=augment)
            found[key] = _rate(events, steps, batch)
    return found


def _rate(events: Iterable[object], steps: int, batch: int) -> float:
    """Images a second after the warm-up."""
    from kenali.training.events import BatchEnd

    ends = [time.perf_counter() for event in events if isinstance(event, BatchEnd)]
    assert len(ends) == WARM_UP + steps
    return batch * steps / (ends[-1] - ends[WARM_UP - 1])


if __name__ == "__main__":
    main()
