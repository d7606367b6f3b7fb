"""The epochs of one network, trained by workers on several machines: Ray Train starts them, and starts them again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import kenali
from kenali.errors import Diverged, KenaliError
from kenali.scale.cluster import require_same_version, told
from kenali.training.augment import PhotoAugment
from kenali.training.checkpoint import Checkpoints
from kenali.training.choices import Epochs
from kenali.training.events import Event
from kenali.training.pixels import PixelSet
from kenali.types import EpochEnd

_RETRIES = 10  # of the workers as a whole, when one of them was lost
_SILENCE_S = 300  # without a word of a worker the others give up waiting for it
_LOOK_EVERY_S = 0.05
_SHARED = "give  -o  in a folder that all nodes share"


@dataclass(frozen=True, slots=True)
class Together:
    """An `Epochwise`: at most `workers` processes train as a team, with a graphics processor each if `gpu`."""

    workers: int
    gpu: bool = False

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
    ) -> Iterator[Event]:
        """Train elsewhere and tell here; at the end `network` holds the kept epoch's weights.

        Checkpoints lie in a folder that all nodes see, so that as many workers as are left go on after the last epoch.
        """
        folder = checkpoints.folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        work = partial(
            _work,
            network,
            training,
            validation,
            choices,
            class_weights,
            seed=seed,
            augment=augment,
            checkpoints=checkpoints.at(folder),
        )
        epochs = 0
        for event in _told_by(partial(self._fit, work, folder)):
            if isinstance(event, EpochEnd):
                if event.epoch <= epochs:  # told again by workers that went on after it
                    continue
                epochs = event.epoch
            yield event
        checkpoints.restore_best(network)
        network.to("cpu").eval()

    def _fit(self, work: Callable[..., None], folder: Path, post: Any) -> None:
        """Run `work` in a team until it is done."""
        from ray.train import FailureConfig, RunConfig, ScalingConfig
        from ray.train.torch import TorchConfig, TorchTrainer

        each = {"CPU": 1, "GPU": 1} if self.gpu else {"CPU": 1}

        def train_loop() -> None:
            work(post, kenali.__version__)

        TorchTrainer(
            train_loop,
            torch_config=TorchConfig(timeout_s=_SILENCE_S),
            scaling_config=ScalingConfig(num_workers=(1, self.workers), use_gpu=self.gpu, resources_per_worker=each),
            run_config=RunConfig(
                name="train", storage_path=str(folder / "ray"), failure_config=FailureConfig(max_failures=_RETRIES)
            ),
        ).fit()


class _Post:
    """Where the first worker leaves events; on the driver's node, so that it is there as long as somebody asks."""

    def __init__(self) -> None:
        self._waiting: list[Any] = []

    def put(self, event: Any) -> None:
        self._waiting.append(event)

    def take(self) -> list[Any]:
        waiting, self._waiting = self._waiting, []
        return waiting


def _told_by(fit: Callable[[Any], None]) -> Iterator[Event]:
    """The events that reach the post while `fit` runs, in a thread of its own; raises what went wrong."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    post = ray.remote(num_cpus=0, scheduling_strategy=here)(_Post).remote()
    failed: list[BaseException] = []
    posted: list[KenaliError] = []  # what workers met with, which the next try may have got over

    def run() -> None:
        try:
            fit(post)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="kenali-ray-train", daemon=True)
    thread.start()
    while True:
        running = thread.is_alive()
        for event in ray.get(post.take.remote()):
            if isinstance(event, Diverged):
                failed.insert(0, event)
            elif isinstance(event, KenaliError):
                posted.append(event)
            elif event is not None:
                yield event
        if not running:
            break
        time.sleep(_LOOK_EVERY_S)
    if failed:
        raise _reason(posted[-1] if posted and not isinstance(failed[0], Diverged) else failed[0])


def _reason(error: BaseException) -> KenaliError:
    """What made the workers fail, or kept them from starting; Ray Train has an error for each of them."""
    causes = [*getattr(error, "worker_failures", {}).values(), getattr(error, "controller_failure", None), error]
    return told(next(cause for cause in causes if cause is not None))


def _work(
    network: Any,
    training: PixelSet,
    validation: PixelSet,
    choices: Epochs,
    class_weights: np.ndarray[Any, Any],
    post: Any,
    version: str,
    *,
    checkpoints: Checkpoints,
    **options: Any,
) -> None:
    """What each worker does: its share of the very loop that one machine runs; the first tells of it."""
    import ray
    import torch
    from ray.train import get_context

    from kenali.training.loop import train_network
    from kenali.training.team import Team

    context = get_context()
    team = Team(context.get_world_rank(), context.get_world_size())
    torch.set_num_threads(1)
    try:
        require_same_version(version)
        if not checkpoints.folder.is_dir():
            raise KenaliError(f"the node {socket.gethostname()} cannot see {checkpoints.folder}: {_SHARED}")
        given = (network, training, validation, choices, class_weights)
        for event in train_network(*given, checkpoints=checkpoints, team=team, **options):
            if team.rank == 0:
                post.put.remote(event)
    except Diverged as error:  # to all alike, and again if it were tried again
        ray.get(post.put.remote(error))
    except KenaliError as error:
        ray.get(post.put.remote(error))
        raise
    ray.get(post.put.remote(None))  # all that was told before has arrived
