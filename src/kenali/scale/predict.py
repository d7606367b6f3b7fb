"""`predict_in_bulk` on a cluster: Ray Data hands the shards to a pool of workers, each of which does what one machine does."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import kenali
from kenali.bulk.parts import Tally, read_tally
from kenali.bulk.places import Folder, require_visible
from kenali.bulk.plan import SHARDS, Task, shard_of
from kenali.bulk.run import Job, work, work_warily
from kenali.bundle.manifest import Manifest
from kenali.bundle.store import Bundle
from kenali.errors import KenaliError
from kenali.network import Network, has_cuda
from kenali.predict import Classifier
from kenali.receipt import Ran
from kenali.scale.cluster import address_of, cluster, processors, require_same_version, told

_WAVE = 1000  # tasks, or 64 a worker, are in Ray's hands at a time, so that its memory does not grow with their number
_WAVE_EACH = 64
_WARY = 8  # shards after a worker has died: that which it died of is among the first that are tried again


class OnCluster:
    """A `Runner` on the cluster that `--on` names; see `cluster`."""

    def __init__(self, on: str) -> None:
        address_of(on)
        self._on = on
        self._ran = Ran("ray", 0, 0)

    def __call__(self, job: Job, bundle: Bundle, pending: Iterator[Task]) -> Iterator[Tally]:
        with cluster(self._on) as joined:
            self._ran = Ran("ray", joined.nodes, joined.cpus)
            yield from _run(job, bundle, pending)

    def ran(self) -> Ran:
        """Where it last ran."""
        return self._ran


def _run(job: Job, bundle: Bundle, pending: Iterator[Task]) -> Iterator[Tally]:
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # what matters is told by `told` and by the check at the end
    given = ray.put((bundle.manifest.model_dump(mode="json"), bundle.model.read_bytes()))
    try:
        while True:
            workers, each = _pool()  # anew for each wave
            if not (wave := list(islice(pending, max(_WAVE, _WAVE_EACH * workers)))):
                return
            for row in _wave(wave, (job, given, each["num_cpus"], kenali.__version__), min(workers, len(wave)), each):
                if row["error"]:
                    raise KenaliError(str(row["error"]))
                yield Tally(int(row["predicted"]), int(row["unknown"]), int(row["quarantined"]))
    except ray.exceptions.RayError as error:
        raise told(error) from None


def _pool() -> tuple[int, dict[str, int]]:
    """How many workers, and what each is given: a GPU and its share of the cores where ONNX Runtime uses one, else a core."""
    cpus, gpus = processors()
    if gpus and has_cuda():
        return gpus, {"num_gpus": 1, "num_cpus": max(1, cpus // gpus)}
    if not cpus:
        raise KenaliError("the cluster has no core to work on: start a node with  ray start --address=... --num-cpus=...")
    return cpus, {"num_cpus": 1}


def _wave(tasks: list[Task], given: tuple[Any, ...], workers: int, each: dict[str, int]) -> Iterator[dict[str, Any]]:
    """What became of each task, as they are finished."""
    import ray

    shards = ray.data.from_items([asdict(task) for task in tasks], override_num_blocks=len(tasks))
    answers = shards.map_batches(
        ShardWorker,
        batch_size=1,
        fn_constructor_args=given,
        compute=ray.data.ActorPoolStrategy(size=workers),
        **each,
    )
    answers.context.enable_progress_bars = False
    answers.context.print_on_execution_start = False
    answers.context.max_errored_blocks = -1  # what a lost worker leaves undone is found by the check at the end
    yield from answers.iter_rows()


class ShardWorker:
    """One worker of the pool: predicts shards and writes their parts. A shard that is done twice becomes the same part."""

    def __init__(self, job: Job, given: Any, threads: int, version: str) -> None:
        import ray

        require_same_version(version)
        manifest, model = ray.get(given)
        self._job, self._threads = job, threads
        self._wary = _WARY if ray.get_runtime_context().was_current_actor_reconstructed else 0
        self._node = f"the node {ray.util.get_node_ip_address()}"
        self._classifier = Classifier(Path(), Manifest.model_validate(manifest), Network(model), job.reject)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """What became of the one task of a batch: its tally, or the sentence that stops the run."""
        task = Task(*(int(batch[name][0]) for name in ("number", "start", "stop")))
        tally, sentence = Tally(), ""
        try:
            tally = self._done(task)
        except Exception as error:
            sentence = str(error) if isinstance(error, KenaliError) else f"shard {task.number} on {self._node}: {error!r}"
        return {name: [value] for name, value in (asdict(tally) | {"error": sentence}).items()}

    def _done(self, task: Task) -> Tally:
        out = Folder(self._job.out)
        require_visible(out.path(SHARDS), self._node)
        shard = shard_of(out, task)
        earlier = read_tally(out, self._job.plan, task.number, shard.count)
        if earlier is not None:  # the worker that wrote it died before it could say so
            return earlier[0]
        shard.require_visible(self._node)
        if self._wary:
            self._wary -= 1
            return work_warily(self._job, self._classifier, task)
        (tally,) = work(self._job, self._classifier, iter([task]), self._threads)
        return tally
