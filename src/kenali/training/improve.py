"""After the fast path: fine-tune its backbone within a budget of time, and keep what proves better.

Both ways are judged on photos that neither learned from, groups whole. The fine-tuned network begins as the fast path's own
model, backbone and head, so that blends of the two sets of weights lie between the two models; a blend often beats both
(Wortsman and others 2022, "Robust fine-tuning of zero-shot models"), and the held-out photos choose it.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kenali.bundle.known import known_photos
from kenali.bundle.novelty import attach_novelty
from kenali.errors import Diverged, MissingExtra
from kenali.evaluation import hold_out, score
from kenali.evaluation.novelty import exemplars, fit_prototypes
from kenali.models.networks import parameters_of
from kenali.models.pretrained import head_of, network_spec
from kenali.photos import Scan, folds
from kenali.training.choices import AutoRecipe, Epochs
from kenali.training.contest import Plan, decide, plan
from kenali.training.events import BatchEnd
from kenali.training.frozen import HeadFitter
from kenali.training.learned import Learned, ProgressHook
from kenali.training.network_learner import (
    balancing_weights,
    build_network,
    network_graph,
    training_preprocessing,
    training_side,
)
from kenali.training.pixels import PixelSet
from kenali.types import Contest, EpochEnd, FloatArray, IntArray, Photo, Split

BLENDS = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Shares of the way from the fast path's weights to the fine-tuned ones."""

_FEWEST_ERRORS = 2
_FOLDS = 5  # of photos judged in one go, to fit a temperature on some and measure it on others
_TIMED_STEPS = 3


def improve(
    recipe: AutoRecipe, fast: Learned, fitter: HeadFitter, scanned: Scan, parts: Split, folder: Path, progress: ProgressHook
) -> tuple[Learned | None, Contest]:
    """What fine-tuning made, if it proved better than `fast` within the recipe's budget, and how the two compare."""
    if fast.cross_validation is None:
        return None, Contest("too-few")
    accuracy = fast.cross_validation.accuracy
    if round(accuracy.n * (1 - accuracy.value)) < _FEWEST_ERRORS:
        return None, Contest("nothing-to-gain")
    try:
        return _contested(recipe, fast, fitter, scanned, parts, folder, progress)
    except Diverged:
        return None, Contest("diverged")


def _contested(
    recipe: AutoRecipe, fast: Learned, fitter: HeadFitter, scanned: Scan, parts: Split, folder: Path, progress: ProgressHook
) -> tuple[Learned | None, Contest]:
    photos, k = parts.train + parts.val, len(scanned.photoset.class_names)
    start = time.perf_counter()
    tuner = _Tuner(recipe, fitter, scanned, parts, folder, progress)
    epoch_s = tuner.epoch_s()
    if plan(epoch_s, recipe.budget, recipe.fine_tune.epochs) is not None:
        tuner.decode()
    spent = time.perf_counter() - start
    chosen = plan(epoch_s, max(0.0, recipe.budget - spent), recipe.fine_tune.epochs)
    if chosen is None:
        return None, Contest("too-short", needed_s=round(spent + epoch_s))
    fold_of_photo = folds(photos, chosen.of, recipe.seed)
    judged = np.flatnonzero(fold_of_photo < chosen.folds)
    total = chosen.epochs * (chosen.folds + chosen.refit)
    frozen = np.zeros((len(photos), k), np.float32)
    tuned = {blend: np.zeros_like(frozen) for blend in BLENDS}
    features = {blend: np.zeros_like(fitter.plain) for blend in BLENDS}
    rounds = []
    for fold in range(chosen.folds):
        held, kept = np.flatnonzero(fold_of_photo == fold), np.flatnonzero(fold_of_photo != fold)
        frozen[held] = fitter.head(kept).logits(fitter.plain[held])
        last = tuner.tune(kept, chosen, fold * chosen.epochs, total)
        unseen = tuner.pixels(tuple(photos[index] for index in held))
        for blend in BLENDS:
            tuned[blend][held], features[blend][held] = last.answers(unseen, blend)
        rounds.append(last)
    groups = np.array([photos[index].group for index in judged])
    labels = fitter.labels[judged]
    contest, logits = decide(frozen[judged], {b: z[judged] for b, z in tuned.items()}, labels, groups, chosen)
    if contest.outcome == "frozen":
        return None, contest
    known = exemplars(fitter.labels)
    pictured = tuner.pixels(tuple(photos[row] for row in known))
    novelty = np.zeros(len(photos), np.float32)
    for fold, made in enumerate(rounds):
        held, kept = fold_of_photo == fold, np.flatnonzero(fold_of_photo[known] != fold)
        shown = pictured.take(kept)
        prototypes = fit_prototypes(made.answers(shown, contest.blend)[1], shown.labels)
        novelty[held] = prototypes.novelty(features[contest.blend][held])
    if chosen.refit:
        last = tuner.tune(np.arange(len(photos)), chosen, chosen.folds * chosen.epochs, total)
    shown_features = last.answers(pictured, contest.blend)[1]
    prototypes = fit_prototypes(shown_features, pictured.labels)
    test_logits, test_features = last.answers(tuner.pixels(parts.test), contest.blend)
    divided = fold_of_photo if chosen.folds > 1 else folds(photos, _FOLDS, recipe.seed + 1)
    held_out = hold_out(logits, labels, novelty[judged], divided[judged])
    return (
        Learned(
            model=attach_novelty(last.graph(contest.blend), prototypes),
            test_logits=test_logits,
            test_novelty=prototypes.novelty(test_features),
            details=fast.details | last.details(contest.blend),
            known=known_photos(shown_features, pictured.labels, [photos[row].group for row in known]),
            held_out=held_out,
            judged=tuple(photos[index] for index in judged),
            cross_validation=score(held_out.probs, labels, scanned.photoset.class_names),
            strengths=fast.strengths,
            history=last.history,
        ),
        contest,
    )


class _Tuner:
    """Fine-tunes the backbone from the head of any of the photos."""

    def __init__(
        self, recipe: AutoRecipe, fitter: HeadFitter, scanned: Scan, parts: Split, folder: Path, progress: ProgressHook
    ) -> None:
        try:
            from kenali.training.augment import augmenter
        except ImportError as error:
            raise MissingExtra("fine-tuning", "train", error) from error
        self.choices: Epochs = recipe.fine_tune
        self.balance = recipe.balance_classes
        self.seed, self.n_classes = recipe.seed, len(scanned.photoset.class_names)
        self.spec = network_spec(recipe.backbone, "shipped")
        self.fitter, self.progress = fitter, progress
        self.photos, self.source = parts.train + parts.val, scanned.photoset.source
        self.folder = folder
        self.augment = augmenter(self.choices.augmentation, training_side(self.spec.preprocessing, self.choices))
        self.training = self._decoded(self.photos[: _TIMED_STEPS * self.choices.batch_size], seen=True)
        self._pretrained = build_network(self.spec, self.n_classes, self.choices, pretrained=True)

    def decode(self) -> None:
        """Decode every photo to learn from."""
        self.training = self._decoded(self.photos, seen=True)

    def pixels(self, photos: tuple[Photo, ...]) -> PixelSet:
        """Photos as the shipped model will see them."""
        return self._decoded(photos, seen=False)

    def _decoded(self, photos: tuple[Photo, ...], seen: bool) -> PixelSet:
        from kenali.training.pixels import pixel_set

        preprocessing = self.spec.preprocessing
        wanted = training_preprocessing(preprocessing, self.choices) if seen else preprocessing
        return pixel_set(photos, self.source, wanted, self.folder, lambda done, total: self.progress("decode", done, total))

    def epoch_s(self) -> float:
        """Seconds that one epoch over all photos takes, by a few steps on the first of them."""
        few = np.resize(np.arange(len(self.training)), _TIMED_STEPS * self.choices.batch_size)
        rates: list[float] = []
        last = time.perf_counter()

        def watch(event: BatchEnd) -> None:
            nonlocal last
            now = time.perf_counter()
            rates.append((now - last) / self.choices.batch_size)
            last = now

        self._train(copy.deepcopy(self._pretrained), few, 1, watch)
        return min(rates) * len(self.photos)

    def network(self, rows: IntArray) -> Any:
        """The fast path's model of these photos: the pretrained backbone and the head fitted to them."""
        import torch

        network = copy.deepcopy(self._pretrained)
        fitted, layer = self.fitter.head(rows), head_of(network)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(fitted.weight))
            layer.bias.copy_(torch.from_numpy(fitted.bias))
        return network

    def tune(self, rows: IntArray, chosen: Plan, before: int, total: int) -> _Tuned:
        """Fine-tune on these photos; `before` of `total` epochs were done earlier."""
        network = self.network(rows)
        start = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}

        def tell(event: BatchEnd) -> None:
            done, steps = before + event.epoch - 1, event.steps
            note = f"loss {event.mean_loss:.3f}, {event.images_per_s:.0f} photos/s"
            self.progress("tune", done * steps + event.step, total * steps, note)

        history = self._train(network, rows, chosen.epochs, tell)
        return _Tuned(self, network, start, history)

    def _train(self, network: Any, rows: IntArray, epochs: int, tell: Callable[[BatchEnd], None]) -> tuple[EpochEnd, ...]:
        from kenali.training.loop import train_network

        training, none = self.training.take(rows), self.training.take(rows[:0])
        weights = balancing_weights(training.labels, self.n_classes, self.balance)
        choices = self.choices.model_copy(update={"epochs": epochs})
        history = []
        for event in train_network(network, training, none, choices, weights, seed=self.seed, augment=self.augment):
            if isinstance(event, EpochEnd):
                history.append(event)
            else:
                tell(event)
        return tuple(history)


class _Tuned:
    """A fine-tuned network that remembers where it began."""

    def __init__(self, tuner: _Tuner, network: Any, start: dict[str, Any], history: tuple[EpochEnd, ...]) -> None:
        self.history = history
        self._tuner, self._network, self._start = tuner, network, start
        self._end = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}

    def answers(self, photos: PixelSet, blend: float) -> tuple[FloatArray, FloatArray]:
        """Logits (n, k) and features (n, d) at a blend of the weights it began and ended with, float32."""
        from kenali.training.loop import predict

        self._blend(blend)
        return predict(self._network, photos.pixels, 32)

    def graph(self, blend: float) -> bytes:
        """The ONNX graph at a blend."""
        self._blend(blend)
        return network_graph(self._network, self._tuner.spec)

    def details(self, blend: float) -> dict[str, Any]:
        """How it was made, for the bundle's provenance."""
        return {
            "fine_tuned_epochs": len(self.history),
            "blend": blend,
            "fine_tuned_parameters": parameters_of(self._network),
        }

    def _blend(self, blend: float) -> None:
        self._network.load_state_dict({name: self._start[name].lerp(end, blend) for name, end in self._end.items()})
