"""The figures as programs read them: the JSON document of `train` and `evaluate`, and the table of predictions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from kenali.errors import KenaliError
from kenali.evaluation.calibration import CalibrationScore
from kenali.evaluation.conformal import SetScore
from kenali.evaluation.intervals import intervals
from kenali.evaluation.leakage import Leakage
from kenali.evaluation.looks import Looks
from kenali.evaluation.rejection import Rejection
from kenali.evaluation.shortcuts import Shortcut
from kenali.evaluation.strangers import Strangers
from kenali.evaluation.subgroups import Subgroups
from kenali.types import Contest, Metrics, Notice, Predictions

FORMAT = 1
"""Version of both documents; it rises when a key changes its meaning or goes away."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def metrics_document(
    metrics: Metrics | None,
    *,
    bundle: str,
    class_names: Sequence[str],
    cross_validation: Metrics | None = None,
    contest: Contest | None = None,
    calibration: CalibrationScore | None = None,
    rejection: Rejection | None = None,
    sets: SetScore | None = None,
    strangers: Strangers | None = None,
    leakage: Leakage | None = None,
    subgroups: Subgroups | None = None,
    looks: Looks | None = None,
    alarms: Iterable[Notice] = (),
    shortcuts: Iterable[Shortcut] = (),
    seconds: Mapping[str, float] | None = None,
    parameters: int | None = None,
) -> dict[str, Any]:
    """What `kenali train --json` and `evaluate --json` print, which is also `report/metrics.json`.

    `metrics` describes the test part. Where nothing was tested (None, or n = 0) its figures are null, never NaN, and
    `per_class` and `confusion_matrix` are empty.
    """
    tested = metrics if metrics is not None and metrics.accuracy.n else None
    return {
        "format": FORMAT,
        "bundle": bundle,
        "accuracy": tested and asdict(tested.accuracy),
        "balanced_accuracy": tested and tested.balanced_accuracy,
        "macro_precision": tested and tested.macro.precision,
        "macro_recall": tested and tested.macro.recall,
        "macro_f1": tested and tested.macro.f1,
        "weighted_precision": tested and tested.weighted.precision,
        "weighted_recall": tested and tested.weighted.recall,
        "weighted_f1": tested and tested.weighted.f1,
        "top_k": {str(k): share for k, share in tested.top_k.items()} if tested else {},
        "ece": tested and tested.ece,
        "brier": tested and tested.brier,
        "per_class": {name: asdict(one) for name, one in tested.per_class.items()} if tested else {},
        "confusion_matrix": [list(row) for row in tested.confusion_matrix] if tested else [],
        "intervals": tested and intervals(tested).as_json(),
        "class_names": list(class_names),
        "cross_validation": {"accuracy": asdict(cross_validation.accuracy)} if cross_validation else None,
        "contest": contest and asdict(contest),
        "calibration": calibration and _calibration(calibration),
        "rejection": rejection and asdict(rejection) | {"expected": list(rejection.expected)},
        "sets": sets and asdict(sets),
        "strangers": strangers and asdict(strangers),
        "leakage": leakage and leakage.as_json(),
        "groups": subgroups and subgroups.as_json(),
        "looks": looks and looks.as_json(),
        "alarms": [{"kind": alarm.kind, "what": alarm.what, "evidence": list(alarm.evidence)} for alarm in alarms],
        "shortcuts": [one.as_json() for one in shortcuts],
        "seconds": dict(seconds or {}),
        "parameters": parameters,
    }


def _calibration(found: CalibrationScore) -> dict[str, Any]:
    return {
        "method": "temperature",
        "temperature": found.temperature,
        "n": found.n,
        "ece_before": found.ece[0],
        "ece_after": found.ece[1],
        "ece_chance": found.chance,
        "brier_before": found.brier[0],
        "brier_after": found.brier[1],
    }


def predictions_csv(paths: Sequence[str], labels: npt.ArrayLike, predictions: Predictions) -> str:
    """One line a photo: path, true, predicted, correct (1 or 0), confidence, `p:<class>` for every class, novelty, unknown.

    `unknown` is `novel` or `ambiguous` where the photo lies beyond a limit, else empty; novelty is empty without a score.

    `paths` and `labels` (n,) stand in the order of the predictions; labels index their class names. A path or name that
    a spreadsheet would run as a formula is written after an apostrophe. Raises KenaliError where the lengths differ.
    """
    truth = np.asarray(labels, dtype=np.int64)
    if not len(paths) == len(truth) == len(predictions):
        raise KenaliError(
            f"expected one path and one label for each prediction, got {len(paths)}, {len(truth)}, {len(predictions)}"
        )
    names = [_inert(name) for name in predictions.class_names]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    header = ("path", "true", "predicted", "correct", "confidence")
    writer.writerow([*header, *(f"p:{name}" for name in predictions.class_names), "novelty", "unknown"])
    novelty = [""] * len(paths) if predictions.novelty is None else [f"{one:.6g}" for one in predictions.novelty]
    named = zip(paths, truth.tolist(), predictions.labels.tolist(), strict=True)
    for (path, true, best), row, strange, reason in zip(
        named, predictions.probs.tolist(), novelty, predictions.reasons, strict=True
    ):
        shares = [f"{share:.6g}" for share in row]
        doubt = [strange, reason or ""]
        writer.writerow([_inert(path), names[true], names[best], int(true == best), shares[best], *shares, *doubt])
    return out.getvalue()


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
