"""Tuning on a cluster: Ray Tune runs the trials, Optuna chooses their values, those that lag behind end early."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kenali.errors import KenaliError, MissingExtra
from kenali.receipt import Ran
from kenali.scale.cluster import cluster, told
from kenali.scale.study import LOST, Opened, opened
from kenali.study.workshop import Workshop
from kenali.training.choices import NetworkRecipe
from kenali.tuning.search import ASTRAY, Search, Wanted
from kenali.tuning.space import Space, Span
from kenali.tuning.trial import Trial

_ENVIRONMENT = {
    "RAY_AIR_NEW_OUTPUT": "0",  # whose silence is one; the new output's prints tables nevertheless
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # else every trial leaves CSV, JSON and TensorBoard files
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # else Ctrl-C is taken for a wish to save and return
}


@contextmanager
def search_on(on: str) -> Iterator[tuple[Search, Ran]]:
    """What searches on the cluster that `on` names, while the context lasts, and where that is.

    Raises MissingExtra without Ray or Optuna.
    """
    try:
        import optuna
    except ImportError as error:
        raise MissingExtra("kenali tune", "scale", error) from None
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)  # it tells of each lost worker, which is no error here
    with cluster(on) as joined:
        yield _search, Ran("ray", joined.nodes, joined.cpus)


def _search(workshop: Workshop, wanted: Wanted, done: Callable[[Trial], None]) -> None:
    """Run the wanted trials; where Tune gives up one whose worker or node was lost, another takes its place."""
    finished = list(wanted.finished)
    end = None if wanted.seconds is None else time.monotonic() + wanted.seconds
    driver, lost = opened(workshop), 0

    def keep(trial: Trial) -> None:
        finished.append(trial)
        done(trial)

    while (missing := len(wanted.finished) + wanted.trials - len(finished)) > 0:
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            return
        errors = _round(driver, replace(wanted, finished=tuple(finished), trials=missing, seconds=left), keep)
        if not errors:  # all are finished, or the time is over
            return
        lost += len(errors)
        if lost > LOST:
            raise told(errors[0])


def _round(driver: Opened, wanted: Wanted, done: Callable[[Trial], None]) -> list[Exception]:
    """One run of Ray Tune, and what the trials that it gave up failed of.

    Its own files go to a folder that is removed: what Kenali keeps is what `done` keeps.
    """
    from ray import tune

    from kenali.scale.trials import EarlyStop, OneTrial, Telling

    scheduler = EarlyStop(wanted)
    telling = Telling(scheduler, done)
    trainable = tune.with_parameters(OneTrial, driver=driver, recipe=wanted.recipe)
    with tempfile.TemporaryDirectory(prefix="kenali-tune-", ignore_cleanup_errors=True) as folder:
        tuner = tune.Tuner(
            tune.with_resources(trainable, {"cpu": 1}),
            tune_config=tune.TuneConfig(
                search_alg=_searcher(wanted),
                scheduler=scheduler if isinstance(wanted.recipe, NetworkRecipe) else None,
                num_samples=wanted.trials,
                time_budget_s=wanted.seconds,
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(
                name="tune",
                storage_path=folder,
                failure_config=tune.FailureConfig(max_failures=LOST),
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                callbacks=[telling],
                stop=lambda _, result: bool(result.get("refused")),
                verbose=0,
            ),
        )
        errors: list[Exception] = tuner.fit().errors
    if telling.refused:
        raise KenaliError(telling.refused)
    return errors


def _searcher(wanted: Wanted) -> Any:
    """The tree-structured Parzen estimator (Bergstra and others 2011), told of the trials that are finished.

    What is known ahead comes first; in a space of choices alone that is all.
    """
    from ray.tune.search.optuna import OptunaSearch

    searcher = OptunaSearch(
        space=_distributions(wanted.dimensions),
        metric="loss",
        mode="min",
        points_to_evaluate=[dict(values) for values in wanted.ahead] or None,
        seed=(wanted.recipe.seed * 1_000_003 + len(wanted.finished)) % 2**32,  # a search that goes on draws other values
    )
    for trial in wanted.finished:
        searcher.add_evaluated_point(trial.values, ASTRAY if trial.loss is None else trial.loss)
    return searcher


def _distributions(dimensions: Space) -> Mapping[str, Any]:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    return {
        one.name: FloatDistribution(one.low, one.high, log=True)
        if isinstance(one, Span)
        else CategoricalDistribution(one.options)
        for one in dimensions
    }
