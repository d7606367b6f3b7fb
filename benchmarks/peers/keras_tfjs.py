"""A Keras MobileNetV2 as a TensorFlow.js graph model, by the official converter: the peer of `benchmarks/browser.py`.

    python benchmarks/peers/keras_tfjs.py OUT MULTIPLY_ADDS

Needs keras, tensorflow and `pip install --no-deps tensorflowjs==4.22.0`: with its dependencies the converter asks for versions
that exclude one another. What it imports for other kinds of models (decision forests, hubs, JAX, old Keras) is replaced by
empty modules; what converts a SavedModel is its own. Weights are random. The network is MobileNetV2 at the size whose
multiply-adds come nearest to MULTIPLY_ADDS. Prints JSON: the size in pixels and its multiply-adds.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from unittest.mock import MagicMock

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
for absent in ("tensorflow_decision_forests", "tensorflow_hub", "tf_keras", "jax", "jax.experimental", "flax"):
    sys.modules[absent] = MagicMock()

import keras  # noqa: E402


def mobilenet(side: int) -> keras.Model:
    return keras.applications.MobileNetV2((side, side, 3), weights=None, classes=5)


def multiply_adds(model: keras.Model) -> int:
    """Of all convolutions and dense layers, for one picture."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, (keras.layers.DepthwiseConv2D, keras.layers.Conv2D)):
            total += int(layer.output.shape[1] * layer.output.shape[2]) * int(layer.kernel.shape.num_elements())
        elif isinstance(layer, keras.layers.Dense):
            total += int(layer.kernel.shape.num_elements())
    return total


def main(out: str, wanted: str) -> None:
    tried = {side: multiply_adds(mobilenet(side)) for side in range(224, 272, 2)}
    side = min(tried, key=lambda one: abs(tried[one] - int(wanted)))
    with tempfile.TemporaryDirectory() as name:
        mobilenet(side).export(name, verbose=False)  # a SavedModel

        from tensorflowjs.converters import convert_tf_saved_model

        convert_tf_saved_model(name, out)
    print(json.dumps({"side": side, "multiply_adds": tried[side]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
