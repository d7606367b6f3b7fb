"""Training by epochs: a network of the studies from scratch, or a pretrained one, to a graph."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from kenali.bundle.known import known_photos
from kenali.bundle.maps import with_maps
from kenali.bundle.novelty import attach_novelty
from kenali.errors import MissingExtra
from kenali.evaluation import hold_out
from kenali.evaluation.novelty import exemplars, fit_prototypes
from kenali.images import DecodedPhoto
from kenali.models.networks import NetworkSpec, parameters_of
from kenali.models.pretrained import network_spec
from kenali.photos import Scan, folds
from kenali.training.choices import Epochs, NetworkRecipe
from kenali.training.events import BatchEnd, Event
from kenali.training.learned import Learned, ProgressHook, Stopwatch, require_every_class
from kenali.training.logs import Logs
from kenali.training.provenance import fingerprint
from kenali.types import EpochEnd, FloatArray, IntArray, Preprocessing, Split

if TYPE_CHECKING:
    from kenali.training.augment import PhotoAugment
    from kenali.training.checkpoint import Checkpoints
    from kenali.training.pixels import PixelSet

_FOLDS = 5  # of the validation part, to fit a temperature on some and measure it on others


class Epochwise(Protocol):
    """How the epochs are run: `train_network`, or something that has them run elsewhere and tells the same events.

    Then photos come as files in the checkpoints' folder, where they fit on the disk.
    """

    def __call__(
        self,
        network: Any,
        training: PixelSet,
        validation: PixelSet,
        choices: Epochs,
        class_weights: np.ndarray[Any, Any],
        *,
        seed: int,
        augment: PhotoAugment | None,
        checkpoints: Checkpoints,
    ) -> Iterator[Event]: ...


class NetworkLearner:
    """Trains a network. Checkpoints and logs lie beside the bundle until it is written, so that a run can go on."""

    def __init__(
        self,
        recipe: NetworkRecipe,
        out: Path,
        progress: ProgressHook,
        language: str = "en",
        tensorboard: Path | None = None,
        epochwise: Epochwise | None = None,
    ) -> None:
        self._recipe = recipe
        self._spec = network_spec(recipe.network, recipe.weights)
        self._out, self._language, self._tensorboard = out, language, tensorboard
        self._folder = out.parent / f"{out.name}.training"
        self._progress, self._epochwise = progress, epochwise
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
            from kenali.training.loop import predict, train_network
            from kenali.training.pixels import IN_MEMORY, pixel_set
        except ImportError as error:
            raise MissingExtra("training a network", "train", error) from error
        recipe, class_names, source = self._recipe, scanned.photoset.class_names, scanned.photoset.source
        n_classes = len(class_names)
        require_every_class(parts.train, class_names)
        torch.manual_seed(recipe.seed)
        network = build_network(self._spec, n_classes, recipe, pretrained=recipe.weights != "none")
        seen = training_preprocessing(self.preprocessing, recipe)
        plain = seen == self.preprocessing and not recipe.copies.copies  # training photos are as the bundle will see them
        in_memory = 0 if self._epochwise else IN_MEMORY
        with watch.time("embed"):
            training = pixel_set(
                *(parts.train, source, seen, self._folder, self._decoding),
                copies=recipe.copies,
                seed=recipe.seed,
                in_memory=in_memory,
            )
            rows = exemplars(np.array([photo.label for photo in parts.train]))
            validation, testing, known = (
                pixel_set(photos, source, self.preprocessing, self._folder, self._decoding, in_memory=in_memory)
                for photos in (parts.val, parts.test, () if plain else tuple(parts.train[row] for row in rows))
            )
            if plain:
                known = training.take(rows)
        run = f"{recipe.to_toml()}{fingerprint(scanned.photoset)}{[photo.path for _, photo in parts.items()]}"
        checkpoints = Checkpoints(self._folder, hashlib.sha256(run.encode()).hexdigest())
        logs = Logs(self._folder, self._out.name, recipe.epochs, self._language, self._tensorboard)
        with watch.time("fit"):
            weights = balancing_weights(training.labels, n_classes, recipe.balance_classes)
            augment = augmenter(recipe.augmentation, training_side(self.preprocessing, recipe))
            events = (self._epochwise or train_network)(
                network, training, validation, recipe, weights, seed=recipe.seed, augment=augment, checkpoints=checkpoints
            )
            for event in events:
                if isinstance(event, EpochEnd):
                    logs.add(event)
                else:
                    self._tell(event)
            known_features = predict(network, known.pixels, recipe.batch_size)[1]
            prototypes = fit_prototypes(known_features, known.labels)
        held_out = None
        if parts.val:
            logits, features = predict(network, validation.pixels, recipe.batch_size)
            divided = folds(parts.val, _FOLDS, recipe.seed)
            held_out = hold_out(per_class(logits, n_classes), validation.labels, prototypes.novelty(features), divided)
        logits, features = predict(network, testing.pixels, recipe.batch_size)
        return Learned(
            model=attach_novelty(network_graph(network, self._spec), prototypes),
            test_logits=per_class(logits, n_classes),
            test_novelty=prototypes.novelty(features),
            known=known_photos(known_features, known.labels, [parts.train[row].group for row in rows]),
            held_out=held_out,
            judged=parts.val if held_out else (),
            details={
                "network": recipe.network,
                "weights": _origin(recipe.weights),
                "trained_parameters": parameters_of(network),
                "epochs": len(logs.history),
                "training_photos_with_copies": len(training),
            },
            history=tuple(logs.history),
        )

    def _decoding(self, done: int, total: int) -> None:
        self._progress("decode", done, total)

    def _tell(self, event: BatchEnd) -> None:
        done = (event.epoch - 1) * event.steps + event.step
        note = f"epoch {event.epoch}: loss {event.mean_loss:.3f}, {event.accuracy:.0%} right, {event.images_per_s:.0f} photos/s"
        self._progress("train", done, self._recipe.epochs * event.steps, note)


def build_network(spec: NetworkSpec, n_classes: int, choices: Epochs, pretrained: bool) -> Any:
    """The network for `n_classes`, its batch norms folded where a pretrained one is to keep them frozen."""
    from kenali.models.stages import fold_batch_norm

    network = spec.build(spec.outputs(n_classes))
    if pretrained and choices.batch_norm == "frozen":
        fold_batch_norm(network, spec.preprocessing.image_size[0])
    return network


def training_side(preprocessing: Preprocessing, choices: Epochs) -> tuple[int, int]:
    """(height, width) of what the network sees in training."""
    return (choices.train_side, choices.train_side) if choices.train_side else preprocessing.image_size


def training_preprocessing(preprocessing: Preprocessing, choices: Epochs) -> Preprocessing:
    """How training photos are kept: at the size trained on, or, where crops are drawn, with the margin that they need."""
    height, width = training_side(preprocessing, choices)
    if choices.augmentation.crop == 1:
        return replace(preprocessing, image_size=(height, width))
    share = preprocessing.crop_pct if preprocessing.resize == "crop" else 1.0
    whole = (round(max(height, preprocessing.image_size[0]) / share), round(max(width, preprocessing.image_size[1]) / share))
    return replace(preprocessing, image_size=whole, crop_pct=1.0)


def balancing_weights(labels: IntArray, n_classes: int, balance: bool) -> np.ndarray[Any, Any]:
    """A weight for each class, (k,): one, or to `balance` what gives every class present the same total, 0 for the others."""
    if not balance:
        return np.ones(n_classes)
    counts = np.bincount(labels, minlength=n_classes)
    return np.where(counts > 0, len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1)), 0.0)


def per_class(logits: np.ndarray[Any, Any], n_classes: int) -> FloatArray:
    """Logits (n, k); a sigmoid's single logit z becomes (0, z), whose softmax is (1 - sigmoid(z), sigmoid(z))."""
    if not len(logits):
        return np.zeros((0, n_classes), np.float32)
    both = np.concatenate([np.zeros_like(logits), logits], axis=1) if logits.shape[1] == 1 else logits
    return both.astype(np.float32)


def network_graph(network: Any, spec: NetworkSpec) -> bytes:
    """The ONNX graph from pixels 0-255 to logits (n, k), and to class activation maps where the network's head allows it."""
    import torch

    from kenali.models.export import to_onnx

    class Scaled(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixels: Any) -> Any:
            logits = self.network(pixels / 255)
            return torch.cat([torch.zeros_like(logits), logits], dim=1) if spec.head == "sigmoid" else logits

    seen = Preprocessing(spec.preprocessing.image_size, channels=spec.preprocessing.channels)
    return with_maps(to_onnx(Scaled(), seen, "logits"))


def _origin(weights: str) -> str:
    """Where the weights came from, without the path of a file."""
    return weights if weights in ("shipped", "hub", "none") else Path(weights).name
