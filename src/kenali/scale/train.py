"""Training on a cluster: the run itself stays on this machine, what costs is done by the nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kenali.receipt import Ran
from kenali.scale.cluster import Cluster, cluster, processors
from kenali.scale.epochs import Together
from kenali.scale.features import look_ahead
from kenali.training.choices import HeadRecipe, NetworkRecipe, Recipe
from kenali.training.course import TrainResult
from kenali.training.learned import ProgressHook
from kenali.training.recipe import load_recipe
from kenali.training.run import train

_AHEAD = 2  # shards under way for each core, so that none waits for the driver


def train_on(
    on: str,
    photos: str | Path,
    out: str | Path = "bundle",
    *,
    workers: int | None = None,
    recipe: Recipe | None = None,
    progress: ProgressHook = lambda *_: None,
    **options: Any,
) -> TrainResult:
    """`kenali.train` with the cluster that `on` names: same arguments, same bundle.

    For the fast path the cluster works out the features that this machine's cache lacks, at most `workers` shards of photos
    at a time; then the run goes on here. A network is trained by `workers` processes, by default by as many as the cluster
    has cores (or graphics processors, where it has any) and a batch has photos. Raises KenaliError as `train` does, and where
    the cluster cannot do its part.
    """
    recipe, photos = recipe or load_recipe(), Path(photos).absolute()
    with cluster(on) as joined:
        if not isinstance(recipe, HeadRecipe):
            together = _together(joined, recipe, workers)
            ran = Ran("ray", joined.nodes, together.workers)
            return train(photos, out, recipe=recipe, progress=progress, ran=ran, epochwise=together, **options)
        look_ahead(photos, recipe.backbone, workers or _AHEAD * joined.cpus, progress)
    ran = Ran("ray", joined.nodes, min(workers or joined.cpus, joined.cpus))
    return train(photos, out, recipe=recipe, progress=progress, ran=ran, **options)


def _together(joined: Cluster, recipe: Recipe, workers: int | None) -> Together:
    """As many workers as are asked for, or fit, and no more than a batch has photos."""
    _, gpus = processors()
    wanted = workers or gpus or joined.cpus
    return Together(min(wanted, recipe.batch_size) if isinstance(recipe, NetworkRecipe) else wanted, gpu=gpus > 0)
