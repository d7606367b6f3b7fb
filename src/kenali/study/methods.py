"""What a cell can run: the fast path, or a network by epochs. Each is a function of workshop, parameters and seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from typing import Any

import numpy as np

from kenali.errors import Diverged
from kenali.models.networks import parameters_of
from kenali.models.pretrained import network_spec
from kenali.network import Network
from kenali.study.cell import Figures
from kenali.study.workshop import Task, Workshop
from kenali.training.augment import augmenter
from kenali.training.choices import FrozenRecipe, NetworkRecipe
from kenali.training.frozen import FrozenLearner
from kenali.training.head import Head
from kenali.training.learned import Learned, Stopwatch, require_every_class
from kenali.training.network_learner import (
    balancing_weights,
    build_network,
    network_graph,
    per_class,
    training_preprocessing,
    training_side,
)
from kenali.training.pixels import pixel_set
from kenali.training.size import parameters_of_recipe
from kenali.types import EpochEnd, Preprocessing, Split

_TIMED = 25  # photos named for the time that one takes


def run_frozen(workshop: Workshop, parameters: Mapping[str, Any], seed: int) -> Figures:
    """A head on frozen features, judged on the test part."""
    recipe = FrozenRecipe.model_validate({**parameters["recipe"], "seed": seed})
    task = workshop.task(recipe.ratios, parameters, seed)
    what = f"{recipe.to_toml()}{parameters.get('amount')}"
    head: Head = workshop.lately("head", what, lambda: fit_head(workshop, recipe, task)[0])
    figures = workshop.judged(task, head.logits(workshop.test_features(recipe.backbone, task)))
    if parameters.get("measured"):
        figures |= workshop.remembered(f"size {recipe.backbone}", lambda: _backbone_size(workshop, recipe, head))
    return figures


def run_network(workshop: Workshop, parameters: Mapping[str, Any], seed: int) -> Figures:
    """A network by epochs, judged on the test part; one that diverges says so in `diverged` and has no accuracy.

    `history` holds the training loss and the validation accuracy of each epoch.
    """
    recipe = NetworkRecipe.model_validate({**parameters["recipe"], "seed": seed})
    task = workshop.task(recipe.ratios, parameters, seed)
    what = f"{recipe.to_toml()}{parameters.get('amount')}"
    network, told = workshop.lately("network", what, lambda: _trained(workshop, recipe, task))
    if network is None:
        return {"train_photos": len(task.train) + len(task.val), **told}
    figures = {**judge_network(workshop, recipe, task, network), **told}
    if parameters.get("measured"):
        spec = network_spec(recipe.network, recipe.weights)
        figures |= workshop.remembered(f"size {recipe.network}", lambda: _network_size(network, spec))
    return figures


METHODS: dict[str, Callable[[Workshop, Mapping[str, Any], int], Figures]] = {"frozen": run_frozen, "network": run_network}


def run_cell(photos: str, group_by: str | None, name: str, parameters: Mapping[str, Any], seed: int) -> Figures:
    """One cell from nothing but plain values, for a process that shares nothing with this one."""
    with Workshop(photos, group_by) as workshop:
        return METHODS[name](workshop, parameters, seed)


def fit_head(workshop: Workshop, recipe: FrozenRecipe, task: Task) -> tuple[Head, Learned]:
    """The head that the fast path fits to the task's photos, which is the one that `kenali train` would ship, and what the
    learner says of it."""
    learner = FrozenLearner(recipe, workshop.cache, lambda *_: None)
    learned = learner.learn(workshop.scanned, Split(task.train, task.val, ()), Stopwatch())
    return learner.fitted().head(np.arange(len(task.train) + len(task.val))), learned


def judge_network(workshop: Workshop, recipe: NetworkRecipe, task: Task, network: Any) -> Figures:
    """How a trained network fares on the test part."""
    from kenali.training.loop import predict

    pixels = workshop.test_pixels(task, network_spec(recipe.network, recipe.weights).preprocessing)
    return workshop.judged(task, per_class(predict(network, pixels, recipe.batch_size)[0], len(workshop.class_names)))


def _trained(workshop: Workshop, recipe: NetworkRecipe, task: Task) -> tuple[Any, Figures]:
    """What `train_by_epochs` returns at its end."""
    epochs = train_by_epochs(workshop, recipe, task)
    while True:
        try:
            next(epochs)
        except StopIteration as end:
            trained: tuple[Any, Figures] = end.value
            return trained


def train_by_epochs(workshop: Workshop, recipe: NetworkRecipe, task: Task) -> Generator[EpochEnd, None, tuple[Any, Figures]]:
    """Each epoch as it ends; returns the trained network, None where it diverged, and what its training told."""
    import torch

    from kenali.training.loop import train_network

    n_classes, source = len(workshop.class_names), workshop.scanned.photoset.source
    require_every_class(task.train, workshop.class_names)
    spec = network_spec(recipe.network, recipe.weights)
    torch.manual_seed(recipe.seed)
    network = build_network(spec, n_classes, recipe, pretrained=recipe.weights != "none")
    parameters = parameters_of(network)
    seen = training_preprocessing(spec.preprocessing, recipe)
    if recipe.copies.copies:
        training = pixel_set(task.train, source, seen, workshop.folder, copies=recipe.copies, seed=recipe.seed)
    else:
        training = workshop.pixels(task.train, seen)
    validation = workshop.pixels(task.val, spec.preprocessing)
    weights = balancing_weights(training.labels, n_classes, recipe.balance_classes)
    augment = augmenter(recipe.augmentation, training_side(spec.preprocessing, recipe))
    history: list[EpochEnd] = []
    diverged, steps, start = "", 0, time.perf_counter()
    try:
        for event in train_network(network, training, validation, recipe, weights, seed=recipe.seed, augment=augment):
            if isinstance(event, EpochEnd):
                history.append(event)
                yield event
            else:
                steps += 1
    except Diverged as error:
        diverged = str(error)
    seconds = time.perf_counter() - start
    told = {
        "diverged": diverged,
        "steps": steps,
        "seconds_to_learn": round(seconds, 2),
        "ms_a_step": round(1000 * seconds / max(1, steps), 2),
        "parameters": parameters,
        "history": [[epoch.train_loss, epoch.val_accuracy] for epoch in history],
    }
    return None if diverged else network, told


def _backbone_size(workshop: Workshop, recipe: FrozenRecipe, head: Head) -> Figures:
    path = workshop.backbone(recipe.backbone).onnx_path
    preprocessing = workshop.backbone(recipe.backbone).spec.preprocessing
    return {
        "parameters": parameters_of_recipe(recipe, len(workshop.class_names)),
        "model_bytes": path.stat().st_size + head.weight.nbytes + head.bias.nbytes,
        "ms_a_photo": _ms_a_photo(Network(path), preprocessing),
    }


def _network_size(network: Any, spec: Any) -> Figures:
    graph = network_graph(network, spec)
    return {"model_bytes": len(graph), "ms_a_photo": _ms_a_photo(Network(graph), spec.preprocessing)}


def _ms_a_photo(network: Network, preprocessing: Preprocessing) -> float:
    """Milliseconds that one thread takes to name one photo of which the pixels are there: the least of several, for on a
    busy machine the others tell more of its neighbours."""
    pixels = np.zeros((1, *preprocessing.image_size, preprocessing.channels), np.uint8)
    network(pixels)
    times = []
    for _ in range(_TIMED):
        start = time.perf_counter()
        network(pixels)
        times.append(time.perf_counter() - start)
    return round(1000 * min(times), 2)
