"""The plain loop: open each photo, transform, batches of 32 through a timm network, softmax. Prints the seconds it took.

The same network as Kenali's default, with random weights: time only. Imports and the building of the network are not counted.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import timm
import torch
from PIL import Image

network = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=3).eval()
transform = timm.data.create_transform(**timm.data.resolve_data_config({}, model=network))
paths = sorted(Path(sys.argv[1]).iterdir())
start = time.perf_counter()
with torch.inference_mode():
    for first in range(0, len(paths), 32):
        batch = torch.stack([transform(Image.open(path).convert("RGB")) for path in paths[first : first + 32]])
        network(batch).softmax(dim=1).argmax(dim=1).tolist()
print(time.perf_counter() - start)
