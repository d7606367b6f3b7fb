"""fastai's usual way of fine-tuning at 224 pixels: the second phase of `fine_tune`, the whole network learning.

    python fastai_finetune.py {tf_efficientnet_lite0,mobilenetv2_100} STEPS BATCH --photos FOLDER [--workers 0 2]

FOLDER holds a folder per class; its photos are repeated until there are enough. They are resized to 256 as they are opened
and augmented to 224 batch by batch, as fastai's documentation has it. The weights are random. 3 batches warm up, STEPS
batches count, loading included. Prints the best over the numbers of loader processes, and the peak memory in MiB of this
process over all of them (not of the loader's).
"""

from __future__ import annotations

import argparse
import json
import resource
import time

from fastai.vision.all import (
    Callback,
    CancelFitException,
    ImageDataLoaders,
    Normalize,
    Resize,
    aug_transforms,
    get_image_files,
    imagenet_stats,
    parent_label,
    set_seed,
    vision_learner,
)

WARM_UP = 3


class BatchTimes(Callback):
    """When each training batch ended; ends the training when there are enough of them."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.ends: list[float] = []

    def after_batch(self) -> None:
        self.ends.append(time.perf_counter())
        if len(self.ends) == WARM_UP + self.steps:
            raise CancelFitException


def rate(network: str, steps: int, batch: int, photos: str, workers: int) -> float:
    set_seed(0)
    files = list(get_image_files(photos))
    needed = 2 * (WARM_UP + steps) * batch  # a fifth is set aside for validation, which is never reached
    files *= -(-needed // len(files))
    loaders = ImageDataLoaders.from_path_func(
        photos,
        files,
        parent_label,
        item_tfms=Resize(256),
        batch_tfms=[*aug_transforms(size=224), Normalize.from_stats(*imagenet_stats)],
        bs=batch,
        num_workers=workers,
    )
    learner = vision_learner(loaders, network, pretrained=False, normalize=False)
    learner.unfreeze()
    times = BatchTimes(steps)
    base = 2e-3 / 2
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(1, slice(base / 100, base), pct_start=0.3, div=5.0, cbs=times)
    assert len(times.ends) == WARM_UP + steps
    return batch * steps / (times.ends[-1] - times.ends[WARM_UP - 1])


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("network")
parser.add_argument("steps", type=int)
parser.add_argument("batch", type=int)
parser.add_argument("--photos", required=True)
parser.add_argument("--workers", type=int, nargs="+", default=[0, 2])
options = parser.parse_args()

rates = {workers: rate(options.network, options.steps, options.batch, options.photos, workers) for workers in options.workers}
workers = max(rates, key=rates.__getitem__)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"images_per_s": rates[workers], "peak_mb": peak, "workers": workers, "all_workers": rates}))
