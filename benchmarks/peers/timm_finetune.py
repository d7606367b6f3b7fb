"""Fine-tuning a timm network at 224 pixels with the pieces and defaults of timm's own training script, on the CPU.

    python timm_finetune.py {tf_efficientnet_lite0,mobilenetv2_100} STEPS BATCH --photos FOLDER [--workers 0 1 2]
        [--layout {best,default,channels_last}]

FOLDER holds a folder per class and is gone through again and again. The network has random weights and learns whole, with
AdamW and smoothed labels; photos are decoded and augmented as `create_loader` does it for training. After 3 steps of
warming up, STEPS steps count: first on one batch held in memory, in each layout, then in the faster layout with loading,
for each number of loader processes. Prints the best of each, and the peak memory in MiB of this process over all of them
(not of the loader's).
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterable, Iterator
from itertools import islice

import torch
from timm import create_model
from timm.data import create_dataset, create_loader, resolve_data_config
from timm.loss import LabelSmoothingCrossEntropy
from timm.optim import create_optimizer_v2

WARM_UP = 3
DEVICE = torch.device("cpu")

Batch = tuple[torch.Tensor, torch.Tensor]


class Trainer:
    """A fresh network, its loss and its optimiser, in one memory layout."""

    def __init__(self, name: str, layout: torch.memory_format) -> None:
        torch.manual_seed(0)
        self.layout = layout
        self.model = create_model(name, pretrained=False, num_classes=5).to(memory_format=layout).train()
        self.loss = LabelSmoothingCrossEntropy(0.1)
        self.optimiser = create_optimizer_v2(self.model, opt="adamw", lr=1.5e-4, weight_decay=2e-5)

    def step(self, pixels: torch.Tensor, labels: torch.Tensor) -> None:
        """One step in the order of timm's `train_one_epoch`."""
        pixels = pixels.contiguous(memory_format=self.layout)
        loss = self.loss(self.model(pixels), labels)
        loss.backward()
        self.optimiser.step()
        self.optimiser.zero_grad()

    def rate(self, batches: Iterable[Batch], steps: int) -> float:
        """Images a second over `steps` batches after the first ones, from the end of a step to the end of the last."""
        photos, start = 0, 0.0
        for number, (pixels, labels) in enumerate(islice(batches, WARM_UP + steps), start=1):
            self.step(pixels, labels)
            if number == WARM_UP:
                start = time.perf_counter()
            elif number > WARM_UP:
                photos += len(labels)
        return photos / (time.perf_counter() - start)


def loaded(name: str, photos: str, batch: int, workers: int) -> Iterator[Batch]:
    """Batches of the folder's photos, without end."""
    config = resolve_data_config({"input_size": (3, 224, 224)}, model=create_model(name, pretrained=False))
    loader = create_loader(
        create_dataset("", root=photos, is_training=True, batch_size=batch),
        input_size=config["input_size"],
        batch_size=batch,
        is_training=True,
        interpolation="random",
        mean=config["mean"],
        std=config["std"],
        num_workers=workers,
        device=DEVICE,
    )
    if len(loader) == 0:
        raise SystemExit(f"{photos} holds fewer than {batch} photos")
    while True:
        yield from loader


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("network")
parser.add_argument("steps", type=int)
parser.add_argument("batch", type=int)
parser.add_argument("--photos", required=True)
parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
parser.add_argument("--layout", choices=["best", "default", "channels_last"], default="best")
options = parser.parse_args()

layouts = {"default": torch.contiguous_format, "channels_last": torch.channels_last}
if options.layout != "best":
    layouts = {options.layout: layouts[options.layout]}
fixed = (torch.randn(options.batch, 3, 224, 224), torch.arange(options.batch) % 5)
in_memory = {
    name: Trainer(options.network, layout).rate([fixed] * (WARM_UP + options.steps), options.steps)
    for name, layout in layouts.items()
}
layout = max(in_memory, key=in_memory.__getitem__)
with_loading = {
    workers: Trainer(options.network, layouts[layout]).rate(
        loaded(options.network, options.photos, options.batch, workers), options.steps
    )
    for workers in options.workers
}
workers = max(with_loading, key=with_loading.__getitem__)
print(
    json.dumps(
        {
            "images_per_s": with_loading[workers],
            "model_images_per_s": in_memory[layout],
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "layout": layout,
            "workers": workers,
            "all_layouts": in_memory,
            "all_workers": with_loading,
        }
    )
)
