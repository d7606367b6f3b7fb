"""How a bundle does on labelled photos."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kenali.cache import Cache
from kenali.errors import KenaliError
from kenali.evaluation.alarms import alarms
from kenali.evaluation.conformal import set_score
from kenali.evaluation.content import ReportContent, in_words
from kenali.evaluation.document import metrics_document
from kenali.evaluation.metrics import score
from kenali.evaluation.pictures import thumbnails_wanted
from kenali.evaluation.rejection import rejection
from kenali.evaluation.report import write_evaluation
from kenali.inputs import PhotoInput
from kenali.photos import Scan, scan
from kenali.predict import Classifier
from kenali.types import Metrics, Notice, Photo, Predictions


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A bundle's answers on labelled photos: `predictions` and `photos` stand in the same order."""

    metrics: Metrics
    photos: tuple[Photo, ...]
    predictions: Predictions
    alarms: tuple[Notice, ...]
    document: dict[str, Any]


def evaluate(
    bundle: str | Path,
    photos: str | Path,
    out: str | Path | None = None,
    *,
    language: str = "en",
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Evaluation:
    """Compare a bundle's answers with the labels of `photos` (a folder, ZIP or CSV).

    Classes are matched by name; photos of a class that the bundle does not know are left out and named in an alarm.
    With `out`, a report, metrics.json and predictions.csv are written there. Raises KenaliError where no class is known.
    """
    start = time.perf_counter()
    classifier = Classifier.load(bundle)
    with Cache() as cache:
        scanned = scan(photos, facts_store=cache, progress=lambda done, total: progress("scan", done, total))
    scan_seconds = time.perf_counter() - start
    known, labels, strange = _matched(scanned, classifier.class_names)
    if not known:
        theirs = ", ".join(scanned.photoset.class_names) or "none"
        raise KenaliError(
            f"no photo of the bundle's classes ({', '.join(classifier.class_names)}) in {photos}: its classes are {theirs}"
        )
    read = scanned.photoset.source.read
    outcomes = []
    for outcome in classifier.outcomes(PhotoInput(photo.path, partial(read, photo.path)) for photo in known):
        if outcome.probs is None:
            raise KenaliError(f"{outcome.path} could be read a moment ago, but not any more: {outcome.error}")
        outcomes.append(outcome)
        progress("predict", len(outcomes), len(known))
    predictions, thresholds, sets = classifier.gathered(outcomes), classifier.manifest.thresholds, classifier.manifest.sets
    turned_away = (
        rejection(predictions, labels, thresholds.reject, thresholds.held_out)
        if thresholds.reject and thresholds.held_out
        else None
    )
    in_sets = set_score(predictions.probs, labels, sets.least, sets.coverage) if sets else None
    metrics = score(predictions.probs, labels, classifier.class_names)
    counts = {"test": {name: int((labels == label).sum()) for label, name in enumerate(classifier.class_names)}}
    found = (*strange, *alarms(metrics, counts, ledger=scanned.ledger, language=language))
    seconds = {"scan": round(scan_seconds, 3), "evaluate": round(time.perf_counter() - start - scan_seconds, 3)}
    document = metrics_document(
        metrics,
        bundle=str(bundle),
        class_names=classifier.class_names,
        rejection=turned_away,
        sets=in_sets,
        alarms=found,
        seconds=seconds,
        parameters=classifier.manifest.parameters,
    )
    if out is not None:
        paths = [photo.path for photo in known]
        wanted = thumbnails_wanted(classifier.class_names, scanned.ledger, paths, labels, predictions)
        content = ReportContent(
            title=classifier.manifest.name,
            counts=counts,
            metrics=metrics,
            photos=known,
            labels=labels,
            predictions=predictions,
            thumbs={path: scanned.facts[path].thumb for path in wanted if path in scanned.facts},
            ledger=scanned.ledger,
            alarms=found,
            rejection=turned_away,
            sets=in_sets,
            seconds=seconds,
            provenance=in_words(classifier.manifest.provenance),
        )
        write_evaluation(Path(out), content, document, language)
    return Evaluation(metrics, known, predictions, found, document)


def _matched(
    scanned: Scan, class_names: tuple[str, ...]
) -> tuple[tuple[Photo, ...], np.ndarray[Any, np.dtype[np.int64]], tuple[Notice, ...]]:
    """The photos whose class the bundle knows, their labels in the bundle's numbering, and a notice about the others."""
    index = {name: label for label, name in enumerate(class_names)}
    theirs = scanned.photoset.class_names
    known = tuple(photo for photo in scanned.photoset.photos if theirs[photo.label] in index)
    labels = np.array([index[theirs[photo.label]] for photo in known], np.int64)
    unknown = [name for name in theirs if name not in index]
    if not unknown:
        return known, labels, ()
    left_out = len(scanned.photoset) - len(known)
    sentence = f"{left_out} photos are of classes that the bundle does not know ({', '.join(unknown)}); they were left out."
    return known, labels, (Notice("unknown-class", sentence, tuple(unknown)),)
