"""Training by epochs: one of the studies' networks, from scratch, to a graph."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from kenali.errors import KenaliError, MissingExtra
from kenali.images import DecodedPhoto, decode, draft_side, preprocess
from kenali.models.networks import NetworkSpec, network_spec, parameters_of
from kenali.parallel import map_in_order
from kenali.photos import Scan
from kenali.training.choices import NetworkRecipe
from kenali.training.events import BatchEnd
from kenali.training.head import class_weights
from kenali.training.learned import Learned, ProgressHook, Stopwatch, require_every_class
from kenali.training.provenance import fingerprint
from kenali.types import EpochEnd, FloatArray, Photo, PhotoSource, Pixels, Preprocessing, Split

_MOST_BYTES = 8 * 1024**3


class NetworkLearner:
    """Trains a network from scratch. Checkpoints lie beside the bundle until it is written, so that a run can go on."""

    def __init__(self, recipe: NetworkRecipe, out: Path, progress: ProgressHook) -> None:
        self._recipe = recipe
        self._spec = network_spec(recipe.network)
        self._folder = out.parent / f"{out.name}.training"
        self._progress = progress
        self.preprocessing = self._spec.preprocessing

    def offer(self, sha256: str, decoded: DecodedPhoto) -> None:
        """Photos are decoded again for training: the scan's order is not the parts'."""

    def close(self, finished: bool) -> None:
        if finished:
            from kenali.training.checkpoint import Checkpoints

            Checkpoints(self._folder, "").remove()

    def learn(self, scanned: Scan, parts: Split, watch: Stopwatch) -> Learned:
        try:
            import torch

            from kenali.training.augment import augmenter
            from kenali.training.checkpoint import Checkpoints
            from kenali.training.loop import PixelSet, predict_logits, train_network
        except ImportError as error:
            raise MissingExtra("training a network", "train", error) from error
        recipe, class_names, source = self._recipe, scanned.photoset.class_names, scanned.photoset.source
        n_classes = len(class_names)
        outputs = self._spec.outputs(n_classes)
        require_every_class(parts.train, class_names)
        with watch.time("embed"):
            training, validation, testing = (
                PixelSet(self._pixels(photos, source), np.array([photo.label for photo in photos], np.int64))
                for photos in (parts.train, parts.val, parts.test)
            )
        torch.manual_seed(recipe.seed)
        network = self._spec.build(outputs)
        run = f"{recipe.to_toml()}{fingerprint(scanned.photoset)}{[photo.path for _, photo in parts.items()]}"
        checkpoints = Checkpoints(self._folder, hashlib.sha256(run.encode()).hexdigest())
        history = []
        with watch.time("fit"):
            weights = _weights(training.labels, n_classes) if recipe.balance_classes else np.ones(n_classes)
            augment = augmenter(recipe.augmentation)
            for event in train_network(network, training, validation, recipe, weights, augment, checkpoints):
                self._tell(event)
                if isinstance(event, EpochEnd):
                    history.append(event)
        test_logits = predict_logits(network, testing.pixels, recipe.batch_size) if len(testing) else np.zeros((0, outputs))
        return Learned(
            model=_graph(network, self._spec),
            test_logits=_per_class(test_logits.astype(np.float32)),
            details={"network": recipe.network, "parameters": parameters_of(network), "epochs": len(history)},
            history=tuple(history),
        )

    def _tell(self, event: BatchEnd | EpochEnd) -> None:
        if isinstance(event, BatchEnd):
            done = (event.epoch - 1) * event.steps + event.step
            self._progress("train", done, self._recipe.epochs * event.steps)

    def _pixels(self, photos: tuple[Photo, ...], source: PhotoSource) -> Pixels:
        """uint8 (n, h, w, c), decoded side by side and held in memory."""
        preprocessing = self.preprocessing
        shape = (len(photos), *preprocessing.image_size, preprocessing.channels)
        if np.prod(shape) > _MOST_BYTES:
            raise KenaliError(f"{len(photos)} photos of {shape[1:]} pixels do not fit into memory; use the recipe auto")
        pixels = np.empty(shape, np.uint8)

        def look(item: tuple[int, Photo]) -> int:
            index, photo = item
            decoded = decode(source.read(photo.path), min_side=draft_side(preprocessing))
            pixels[index] = preprocess(decoded.image, preprocessing)
            return index

        for index in map_in_order(look, enumerate(photos)):
            self._progress("embed", index + 1, len(photos))
        return pixels


def _weights(labels: np.ndarray[Any, Any], n_classes: int) -> np.ndarray[Any, Any]:
    """A weight for each class, (k,), that gives every class the same total."""
    per_photo = class_weights(labels, n_classes)
    return np.array([per_photo[labels == label][0] for label in range(n_classes)])


def _per_class(logits: FloatArray) -> FloatArray:
    """Logits (n, k); a sigmoid's single logit z becomes (0, z), whose softmax is (1 - sigmoid(z), sigmoid(z))."""
    if logits.shape[1] != 1:
        return logits
    return np.concatenate([np.zeros_like(logits), logits], axis=1)


def _graph(network: Any, spec: NetworkSpec) -> bytes:
    """The ONNX graph from pixels 0-255 to logits (n, k)."""
    import torch

    from kenali.models.export import to_onnx

    class Scaled(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixels: Any) -> Any:
            logits = self.network(pixels / 255)
            return torch.cat([torch.zeros_like(logits), logits], dim=1) if spec.head == "sigmoid" else logits

    return to_onnx(Scaled(), Preprocessing(spec.preprocessing.image_size, channels=spec.preprocessing.channels), "logits")
