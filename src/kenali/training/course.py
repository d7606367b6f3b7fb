"""What a training run knows once its photos are divided, and how it becomes a bundle."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kenali.bundle.golden import PROMISE, draw, photograph, replay, write_golden
from kenali.bundle.graph import count_parameters
from kenali.bundle.known import write_known
from kenali.bundle.manifest import Calibration, Golden, Manifest, RateLimits, Sets, Thresholds
from kenali.bundle.reference import write_reference
from kenali.bundle.store import seal
from kenali.errors import KenaliError
from kenali.evaluation import (
    ReportContent,
    Shortcut,
    against,
    alarms,
    in_words,
    looks,
    metrics_document,
    score,
    thumbnails_wanted,
    write_evaluation,
)
from kenali.evaluation.leakage import Leakage
from kenali.evaluation.trust import Trust, fit_trust
from kenali.files import write_atomically
from kenali.images import decode
from kenali.network import Network
from kenali.parallel import map_in_order
from kenali.photos import Scan, save_ledger, save_split
from kenali.photos.pick import round_robin
from kenali.receipt import NAMES, Ran, write_receipt
from kenali.training.choices import Recipe
from kenali.training.leakage import thumbs_of
from kenali.training.learned import Learned, Stopwatch
from kenali.training.logs import history_csv
from kenali.training.provenance import provenance_of, train_receipt
from kenali.training.reference import reference_sample
from kenali.types import Contest, Metrics, Notice, Photo, PhotoSource, Preprocessing, Split


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A bundle that was written, what it scores on the test part, and the document that describes both."""

    bundle: Path
    metrics: Metrics | None
    cross_validation: Metrics | None
    contest: Contest | None
    alarms: tuple[Notice, ...]
    document: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Assessed:
    """What was learned, how its answers are to be read, what the test part says of it, and the golden photos as PNG."""

    learned: Learned
    network: Network
    trust: Trust
    content: ReportContent
    golden: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """What a run knows once its photos are divided, and how it becomes a bundle."""

    out: Path
    recipe: Recipe
    scanned: Scan
    parts: Split
    preprocessing: Preprocessing
    shortcuts: tuple[Shortcut, ...]
    language: str
    watch: Stopwatch
    ran: Ran
    leakage: Leakage | None = None

    def assess(self, learned: Learned) -> Assessed:
        """Judge what was learned on the test part; nothing is written."""
        test, source = self.parts.test, self.scanned.photoset.source
        network = Network(learned.model)
        with self.watch.time("evaluate"):
            trust = fit_trust(learned.held_out, self.recipe.reject, self.recipe.sets)
            content = _content(self.out.name, self.scanned, self.parts, learned, trust, self.shortcuts, self.language)
            if answers := content.predictions:
                seen = looks(network, self.preprocessing, source, test, content.labels, answers, learned.part_logits)
                content = replace(content, looks=seen)
        golden = _golden_pictures(self.recipe, test or self.parts.train, source)
        return Assessed(learned, network, trust, content, golden)

    def write(self, folder: Path, assessed: Assessed, contest: Contest | None = None) -> TrainResult:
        """Fill the bundle's folder."""
        recipe, scanned, parts, watch = self.recipe.without_paths(), self.scanned, self.parts, self.watch
        class_names = scanned.photoset.class_names
        learned, trust, content = assessed.learned, assessed.trust, replace(assessed.content, contest=contest)
        write_atomically(folder / "model.onnx", learned.model)
        golden = _write_golden(folder, assessed, self.preprocessing, photographed=recipe.golden > 0)
        save_ledger(folder / "ledger.csv", scanned.ledger)
        save_split(folder / "split.csv", parts, class_names)
        write_atomically(folder / "recipe.toml", recipe.to_toml())
        write_known(folder, learned.known)
        write_reference(folder, reference_sample(learned, trust, parts, scanned))
        if learned.history:
            write_atomically(folder / "report" / "history.csv", history_csv(learned.history))
        parameters = count_parameters(learned.model)
        provenance = provenance_of(scanned.photoset, parts, recipe, learned.details)
        document = metrics_document(
            content.metrics,
            bundle=str(self.out),
            class_names=class_names,
            cross_validation=content.cross_validation,
            contest=contest,
            calibration=trust.calibration,
            rejection=content.rejection,
            sets=content.sets,
            looks=content.looks,
            leakage=self.leakage,
            alarms=content.alarms,
            shortcuts=content.shortcuts,
            seconds=watch.seconds,
            parameters=parameters,
        )
        content = replace(content, recipe=recipe.to_toml(), provenance=in_words(provenance), seconds=watch.seconds)
        if self.leakage:
            content = replace(content, leakage=self.leakage, thumbs={**content.thumbs, **thumbs_of(self.leakage, scanned)})
        write_evaluation(folder / "report", content, document | {"bundle": self.out.name}, self.language)
        write_receipt(folder / NAMES[0], train_receipt(scanned.photoset, parts, recipe, learned.model, self.ran))
        manifest = Manifest(
            name=self.out.name,
            class_names=class_names,
            preprocessing=self.preprocessing,
            outputs=assessed.network.outputs,
            golden=golden,
            parameters=parameters,
            provenance=provenance,
            **_how_to_read(trust),
        )
        seal(folder, manifest)
        return TrainResult(self.out, content.metrics, content.cross_validation, contest, content.alarms, document)


def _content(
    title: str,
    scanned: Scan,
    parts: Split,
    learned: Learned,
    trust: Trust,
    shortcuts: tuple[Shortcut, ...],
    language: str,
) -> ReportContent:
    """What the report tells: the test part's figures, the cross-validated ones beside them, and the alarms."""
    class_names = scanned.photoset.class_names
    labels = np.array([photo.label for photo in parts.test], np.int64)
    predictions = trust.predictions(learned.test_logits, class_names, learned.test_novelty)
    metrics = score(predictions.probs, labels, class_names) if len(labels) else None
    counts = {
        part: {name: sum(photo.label == label for photo in group) for label, name in enumerate(class_names)}
        for part, group in (("train", parts.train), ("val", parts.val), ("test", parts.test))
    }
    own = learned.cross_validation or metrics
    shortcuts = against(shortcuts, own.balanced_accuracy if own else None)
    paths = [photo.path for photo in parts.test]
    wanted = thumbnails_wanted(class_names, scanned.ledger, paths, labels, predictions)
    return ReportContent(
        title=title,
        counts=counts,
        metrics=metrics,
        cross_validation=learned.cross_validation,
        photos=parts.test,
        labels=labels,
        predictions=predictions,
        thumbs={path: scanned.facts[path].thumb for path in wanted if path in scanned.facts},
        ledger=scanned.ledger,
        alarms=alarms(
            metrics,
            counts,
            cross_validation=learned.cross_validation,
            ledger=scanned.ledger,
            shortcuts=shortcuts,
            language=language,
        ),
        shortcuts=shortcuts,
        strengths=learned.strengths,
        history=learned.history,
        calibration=trust.calibration,
        uncalibrated=trust.calibration is None,
        rejection=trust.rejection(predictions, labels),
        sets=trust.set_score(predictions, labels),
    )


def _how_to_read(trust: Trust) -> dict[str, Any]:
    """What the manifest says of the numbers that the graph gives."""
    found: dict[str, Any] = {}
    if trust.calibration is not None:
        found["calibration"] = Calibration(method="temperature", temperature=trust.temperature)
        found["thresholds"] = Thresholds(
            **asdict(trust.limits),
            reject=trust.reject,
            held_out=trust.held_out,
            choices=tuple(RateLimits(reject=rate, **asdict(limits)) for rate, limits in trust.choices),
        )
    if trust.least is not None:
        found["sets"] = Sets(coverage=trust.coverage, least=trust.least)
    return found


def _golden_pictures(recipe: Recipe, photos: tuple[Photo, ...], source: PhotoSource) -> tuple[bytes, ...]:
    """The golden photos as PNG: some of `photos`, or drawn ones."""

    def photographed(photo: Photo) -> bytes:
        return photograph(decode(source.read(photo.path)).image)

    return tuple(map_in_order(photographed, round_robin(photos, recipe.golden)) if recipe.golden else draw())


def _write_golden(folder: Path, assessed: Assessed, preprocessing: Preprocessing, photographed: bool) -> Golden:
    """Write the golden photos and replay them, so that no bundle leaves that would not answer as it promises."""
    count = write_golden(folder, assessed.golden, assessed.network, preprocessing)
    if replay(folder, assessed.network, preprocessing) > PROMISE:
        raise KenaliError("the written model does not repeat its own golden answers; nothing was saved")
    return Golden(count=count, photographed=photographed)
