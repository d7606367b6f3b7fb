"""How a bundle does on labelled photos."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
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
from kenali.evaluation.looks import looks
from kenali.evaluation.metrics import score
from kenali.evaluation.pictures import thumbnails_wanted
from kenali.evaluation.rejection import rejection
from kenali.evaluation.report import write_evaluation
from kenali.evaluation.shortcuts import against, find_shortcuts
from kenali.evaluation.strangers import strangers
from kenali.evaluation.subgroups import Subgroups, name_groups, score_groups
from kenali.inputs import PhotoInput
from kenali.photos import Scan, learned_from, scan
from kenali.predict import Classifier, Outcome
from kenali.types import IntArray, Metrics, Notice, Photo, Predictions


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A bundle's answers on labelled photos: `predictions` and `photos` stand in the same order.

    `subgroups` is None where none were asked for.
    """

    metrics: Metrics
    photos: tuple[Photo, ...]
    predictions: Predictions
    alarms: tuple[Notice, ...]
    document: dict[str, Any]
    subgroups: Subgroups | None = None


def evaluate(
    bundle: str | Path,
    photos: str | Path | Scan,
    out: str | Path | None = None,
    *,
    by: str | None = None,
    language: str = "en",
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Evaluation:
    """Compare a bundle's answers with the labels of `photos` (a folder, ZIP or CSV, or what was scanned before).

    Classes are matched by name. Photos of a class that the bundle does not know are named in an alarm and left out of the
    accuracy; how many of them it calls unknown is told apart.
    An alarm counts the photos that the bundle learned from, by content. `by` asks for the accuracy of each group too: a
    CSV's column, or a regular expression over paths whose first bracket names the group. With `out`, a report, metrics.json
    and predictions.csv are written there. Raises KenaliError where no class is known.
    """
    start = time.perf_counter()
    classifier = Classifier.load(bundle)
    scanned = photos if isinstance(photos, Scan) else _scan(photos, progress)
    scan_seconds = time.perf_counter() - start
    known, labels, others, strange = _matched(scanned, classifier.class_names)
    if not known:
        theirs = ", ".join(scanned.photoset.class_names) or "none"
        raise KenaliError(
            f"no photo is of one of the bundle's classes ({', '.join(classifier.class_names)}); the classes here are {theirs}"
        )
    names = name_groups(known, scanned.photoset.source, by) if by else ()
    thresholds, sets = classifier.manifest.thresholds, classifier.manifest.sets
    rate = thresholds.reject if thresholds.held_out else None
    outcomes = _answers(classifier, scanned, known + others if rate else known, progress)
    predictions, turned_away, met = classifier.gathered(outcomes[: len(known)]), None, None
    if rate:
        turned_away = rejection(predictions, labels, rate, thresholds.held_out)
        names_of_others = [scanned.photoset.class_names[photo.label] for photo in others]
        met = strangers(classifier.gathered(outcomes[len(known) :]), names_of_others)
    in_sets = set_score(predictions.probs, labels, sets.least, sets.coverage) if sets else None
    metrics = score(predictions.probs, labels, classifier.class_names)
    counts = {"test": {name: int((labels == label).sum()) for label, name in enumerate(classifier.class_names)}}
    subgroups = score_groups(by, names, (predictions.labels == labels).tolist()) if by else None
    shortcuts = against(find_shortcuts(known, scanned.facts, scanned.photoset.class_names), metrics.balanced_accuracy)
    seen = leak_notice(_seen(classifier, known))
    told = alarms(metrics, counts, ledger=scanned.ledger, subgroups=subgroups, shortcuts=shortcuts, language=language)
    found = (*seen, *strange, *told)
    seconds = {"scan": round(scan_seconds, 3), "evaluate": round(time.perf_counter() - start - scan_seconds, 3)}
    looked = None
    if out is not None:
        looked = looks(
            classifier.network, classifier.manifest.preprocessing, scanned.photoset.source, known, labels, predictions
        )
    document = metrics_document(
        metrics,
        bundle=str(bundle),
        class_names=classifier.class_names,
        rejection=turned_away,
        sets=in_sets,
        strangers=met,
        subgroups=subgroups,
        looks=looked,
        alarms=found,
        shortcuts=shortcuts,
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
            looks=looked,
            alarms=found,
            rejection=turned_away,
            sets=in_sets,
            strangers=met,
            subgroups=subgroups,
            shortcuts=shortcuts,
            seconds=seconds,
            provenance=in_words(classifier.manifest.provenance),
        )
        write_evaluation(Path(out), content, document, language)
    return Evaluation(metrics, known, predictions, found, document, subgroups)


def _scan(photos: str | Path, progress: Callable[[str, int, int], None]) -> Scan:
    with Cache() as cache:
        return scan(photos, facts_store=cache, progress=lambda done, total: progress("scan", done, total))


def _answers(
    classifier: Classifier, scanned: Scan, photos: tuple[Photo, ...], progress: Callable[[str, int, int], None]
) -> list[Outcome]:
    """The bundle's answers for photos that the scan could read."""
    read = scanned.photoset.source.read
    outcomes: list[Outcome] = []
    for outcome in classifier.outcomes(PhotoInput(photo.path, partial(read, photo.path)) for photo in photos):
        if outcome.probs is None:
            raise KenaliError(f"{outcome.path} could be read a moment ago, but not any more: {outcome.error}")
        outcomes.append(outcome)
        progress("predict", len(outcomes), len(photos))
    return outcomes


def _matched(
    scanned: Scan, class_names: tuple[str, ...]
) -> tuple[tuple[Photo, ...], IntArray, tuple[Photo, ...], tuple[Notice, ...]]:
    """The photos whose class the bundle knows, their labels in the bundle's numbering, the others, and a notice about these."""
    index = {name: label for label, name in enumerate(class_names)}
    theirs = scanned.photoset.class_names
    known = tuple(photo for photo in scanned.photoset.photos if theirs[photo.label] in index)
    others = tuple(photo for photo in scanned.photoset.photos if theirs[photo.label] not in index)
    labels = np.array([index[theirs[photo.label]] for photo in known], np.int64)
    unknown = [name for name in theirs if name not in index]
    if not unknown:
        return known, labels, others, ()
    sentence = (
        f"{len(others)} photos are of classes that the bundle does not know ({', '.join(unknown)}); "
        "they do not count in the accuracy."
    )
    return known, labels, others, (Notice("unknown-class", sentence, tuple(unknown)),)


def leak_notice(paths: Iterable[str]) -> tuple[Notice, ...]:
    """A notice about photos that a bundle learned from, where there are any."""
    seen = tuple(paths)
    sentence = f"{len(seen)} of these photos are among those that the bundle learned from; they say nothing about new photos."
    return (Notice("leak", sentence, seen),) if seen else ()


def _seen(classifier: Classifier, photos: tuple[Photo, ...]) -> list[str]:
    """The photos that the bundle learned from."""
    split = classifier.path / "split.csv"
    learned = learned_from(split) if split.is_file() else frozenset()
    return [photo.path for photo in photos if photo.sha256 in learned]
