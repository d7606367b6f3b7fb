"""Tuning: a recipe's values searched for on photos of the training part alone, and what the best of them are worth."""

from kenali.tuning.run import TuneResult, run_tuning

__all__ = ["TuneResult", "run_tuning"]
