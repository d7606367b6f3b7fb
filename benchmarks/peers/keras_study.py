"""One of the studies' networks in Keras, trained by `model.fit` on random pixels held in memory; no augmentation.

    python keras_study.py {tyres,xray-small,xray-large} {tensorflow,torch} STEPS BATCH

The layers are those of the studies, the rectifier as the convolution's activation and so before the pooling. Pixels are
float32 in 0..1, one epoch of 3 batches for warming up and STEPS batches that count. Prints images a second and the peak
memory in MiB, the held pixels included.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

NETWORK, BACKEND, STEPS, BATCH = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.environ["KERAS_BACKEND"] = BACKEND
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402  (the backend must be chosen before)
import numpy as np  # noqa: E402
from keras.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D  # noqa: E402

WARM_UP = 3


def tyres() -> keras.Model:
    model = keras.Sequential(
        [
            Input((379, 379, 1)),
            *(Conv2D(128, 3, strides=2, activation="relu"), MaxPooling2D()),
            *(Conv2D(64, 3, strides=2, activation="relu"), MaxPooling2D()),
            *(Conv2D(32, 3, strides=2, activation="relu"), MaxPooling2D()),
            *(Conv2D(16, 3, strides=2, activation="relu"), MaxPooling2D()),
            Flatten(),
            *(Dense(128, activation="relu"), Dropout(0.2)),
            *(Dense(64, activation="relu"), Dropout(0.2)),
            Dense(1, activation="sigmoid"),
        ]
    )
    assert model.count_params() == 108_657
    model.compile(keras.optimizers.Adam(0.001), "binary_crossentropy", metrics=["accuracy"])
    return model


def xray_small() -> keras.Model:
    model = keras.Sequential(
        [
            Input((70, 70, 3)),
            *(Conv2D(32, 3, activation="relu"), MaxPooling2D()),
            *(Conv2D(32, 3, activation="relu"), MaxPooling2D(), Dropout(0.25)),
            Flatten(),
            *(Dense(128, activation="relu"), Dropout(0.5)),
            Dense(2, activation="softmax"),
        ]
    )
    assert model.count_params() == 1_059_106
    sgd = keras.optimizers.SGD(0.01, momentum=0.9)
    model.compile(sgd, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def xray_large() -> keras.Model:
    model = keras.Sequential(
        [
            Input((150, 150, 3)),
            *(Conv2D(16, 3, activation="relu"), MaxPooling2D()),
            *(Conv2D(32, 3, activation="relu"), MaxPooling2D()),
            *(Conv2D(64, 3, activation="relu"), MaxPooling2D()),
            Flatten(),
            *(Dense(200, activation="relu"), Dropout(0.3)),
            *(Dense(500, activation="relu"), Dropout(0.5)),
            Dense(2, activation="softmax"),
        ]
    )
    assert model.count_params() == 3_824_486
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class BatchTimes(keras.callbacks.Callback):
    """When each batch ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        self.ends.append(time.perf_counter())


assert keras.backend.backend() == BACKEND
keras.utils.set_random_seed(0)
model = {"tyres": tyres, "xray-small": xray_small, "xray-large": xray_large}[NETWORK]()
photos = (WARM_UP + STEPS) * BATCH
pixels = np.random.default_rng(0).random((photos, *model.input_shape[1:]), np.float32)
times = BatchTimes()
model.fit(pixels, np.arange(photos) % 2, batch_size=BATCH, callbacks=[times], verbose=0)
assert len(times.ends) == WARM_UP + STEPS
rate = BATCH * STEPS / (times.ends[-1] - times.ends[WARM_UP - 1])
print(json.dumps({"images_per_s": rate, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
