"""A trial as Ray Tune runs it, epoch by epoch, and the early end of those that lag behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil
from typing import Any

from ray.tune import Callback, Trainable
from ray.tune.schedulers import ASHAScheduler, TrialScheduler

from kenali.errors import KenaliError
from kenali.scale.study import Opened, workshop_of
from kenali.training.choices import Recipe
from kenali.tuning.search import ASTRAY, Wanted
from kenali.tuning.space import Values, with_values
from kenali.tuning.trial import Epoch, Trial, ended, run_trial

LOSS, EPOCH = "loss", "epoch"
_TOLD, _REFUSED = "told", "refused"
_FIRST = 5  # of so many parts of the epochs, the first ends before any trial is stopped
_KEPT = 3  # at each rung the best of so many goes on


class OneTrial(Trainable):  # type: ignore[misc]
    """Learns one epoch a step. A worker keeps its workshop, and goes from one trial to the next."""

    def setup(self, config: dict[str, Any], driver: Opened, recipe: Recipe) -> None:
        self._driver, self._recipe = driver, recipe
        self.reset_config(config)

    def reset_config(self, config: dict[str, Any]) -> bool:
        self._values: Values = config
        self._epochs: Any = None
        return True

    def step(self) -> dict[str, Any]:
        try:
            if self._epochs is None:
                self._epochs = run_trial(workshop_of(self._driver), with_values(self._recipe, self._values))
            told: Epoch = next(self._epochs)
        except KenaliError as error:
            return {EPOCH: 0, LOSS: ASTRAY, _REFUSED: str(error), "done": True}
        return {EPOCH: told.epoch, LOSS: ASTRAY if told.loss is None else told.loss, _TOLD: told, "done": told.last}


class EarlyStop(ASHAScheduler):  # type: ignore[misc]
    """Asynchronous successive halving (Li and others 2020) over epochs, which lets the recipe itself run to its end."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(
            time_attr=EPOCH,
            metric=LOSS,
            mode="min",
            max_t=wanted.epochs + 1,
            grace_period=ceil(wanted.epochs / _FIRST),
            reduction_factor=_KEPT,
            stop_last_trials=False,
        )
        self._own, self._end = wanted.own, wanted.epochs
        self.stopped: set[str] = set()

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        decision: str = super().on_trial_result(tune_controller, trial, result)
        if decision != TrialScheduler.STOP or trial.config == self._own or result[EPOCH] >= self._end:
            return str(TrialScheduler.CONTINUE)
        self.stopped.add(trial.trial_id)
        return decision


class Telling(Callback):  # type: ignore[misc]
    """Gathers each trial's epochs, and hands over those trials that came to an end of their own or of the scheduler's.

    What a trial refuses is kept in `refused`, and ends the search.
    """

    def __init__(self, stop: EarlyStop, done: Callable[[Trial], None]) -> None:
        self._stop, self._done = stop, done
        self._epochs: dict[str, list[Epoch]] = {}
        self._began: dict[str, float] = {}
        self.refused = ""

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
        """Also where a trial begins anew, its worker or node being lost."""
        self._epochs[trial.trial_id], self._began[trial.trial_id] = [], time.perf_counter()

    def on_trial_result(self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **_: Any) -> None:
        self.refused = self.refused or result.get(_REFUSED, "")
        if _TOLD in result:
            self._epochs[trial.trial_id].append(result[_TOLD])

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
        told = self._epochs.pop(trial.trial_id, [])
        if told and (told[-1].last or trial.trial_id in self._stop.stopped):
            self._done(ended(trial.config, told, time.perf_counter() - self._began[trial.trial_id]))

    def __getstate__(self) -> dict[str, Any]:
        """Nothing: Tune writes down what it would take to go on, which Kenali never reads."""
        return {}
