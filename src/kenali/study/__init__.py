"""Studies: one question about training, answered on your own photos by repeated runs, with tables, plots and plain words."""

from kenali.study.plans import KINDS, Grid
from kenali.study.run import StudyResult, run_study

__all__ = ["KINDS", "Grid", "StudyResult", "run_study"]
