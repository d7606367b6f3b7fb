"""Keras's usual way: a frozen MobileNetV2 with a dense head, 5 epochs, then accuracy on the test folder.

No pretrained weights can be had offline, so they are random and the accuracy means nothing: time only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import keras

photos = Path(sys.argv[1])
keras.utils.set_random_seed(0)
options = {"image_size": (224, 224), "batch_size": 32, "verbose": False}
training = keras.utils.image_dataset_from_directory(photos / "train", **options)
testing = keras.utils.image_dataset_from_directory(photos / "test", shuffle=False, **options)
backbone = keras.applications.MobileNetV2(input_shape=(224, 224, 3), include_top=False, weights=None, pooling="avg")
backbone.trainable = False
model = keras.Sequential(
    [
        keras.layers.Rescaling(1 / 127.5, offset=-1),
        backbone,
        keras.layers.Dropout(0.2),
        keras.layers.Dense(len(training.class_names), activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(training, epochs=5, verbose=0)
_, right = model.evaluate(testing, verbose=0)
print(json.dumps({"accuracy": float(right)}))
