"""`kenali drift`: new photos, or what a server noted of them, beside a bundle's own."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from math import sqrt
from pathlib import Path
from typing import Any

from kenali.bundle.reference import Origin, Sample, read_reference, sample_of
from kenali.bundle.store import Bundle, bundle_id, open_bundle
from kenali.cache import Cache
from kenali.errors import BundleError, KenaliError
from kenali.evaluation.drift import drift
from kenali.evaluation.drift_page import write_drift
from kenali.evaluation.drift_values import DriftResult, Strange
from kenali.evaluation.observed import read_observed
from kenali.inputs import PhotoInput
from kenali.network import Network
from kenali.photos import Scan, Unlabelled, learned_from, open_source, scan
from kenali.predict import Classifier
from kenali.types import Photo

Progress = Callable[[str, int, int], None]
STRANGEST = 12
"""New photos that the page shows."""


def drift_of_photos(
    bundle: str | Path,
    photos: str | Path,
    out: str | Path | None = None,
    *,
    reference: str | Path | None = None,
    group_by: str | None = None,
    language: str = "en",
    progress: Progress = lambda stage, done, total: None,
) -> DriftResult:
    """Compare the photos in `photos` (a folder, ZIP or CSV; labels do not matter) with the bundle's own, or with `reference`.

    Photos that the bundle learned from are left out; of copies, look-alikes and photos that match `group_by` alike, one counts.
    With `out`, a page and drift.json are written there. Raises KenaliError where either side has too few photos.
    """
    opened = open_bundle(Path(bundle))
    classifier = Classifier(opened.path, opened.manifest, Network(opened.model))
    new = answered(classifier, photos, group_by, progress)
    old = answered(classifier, reference, group_by, progress).sample if reference else own_sample(opened)
    found = drift(old, new.sample, classifier.class_names, classifier.limits)
    result = DriftResult(opened.manifest.name, found, new.left_out, not _knows_looks(old), new.strangest)
    return _written(result, out, language)


def drift_of_observed(
    bundle: str | Path | Bundle,
    folder: str | Path,
    out: str | Path | None = None,
    *,
    days: float | None = None,
    language: str = "en",
) -> DriftResult:
    """Compare what a server noted in `folder` of this bundle's answers, in the last `days`, with the bundle's own photos."""
    opened = bundle if isinstance(bundle, Bundle) else open_bundle(Path(bundle))
    names = opened.manifest.class_names
    seen = read_observed(Path(folder), bundle_id(opened.path), names, days)
    old = own_sample(opened)
    found = drift(old, seen.sample, names, opened.manifest.thresholds.limits())
    result = DriftResult(opened.manifest.name, found, {"alike": seen.again, "others": seen.others}, not _knows_looks(old))
    return _written(result, out, language)


def own_sample(bundle: Bundle) -> Sample:
    """The photos that the bundle was judged on; of an older bundle only the answers to its test part.

    Raises KenaliError where it holds neither.
    """
    names = bundle.manifest.class_names
    sample = read_reference(bundle.path, len(names))
    if sample is None or not len(sample):
        sample = _tested(bundle)
    if sample is None:
        raise KenaliError("the bundle holds no photos to compare with: train it again, or name earlier photos with --reference")
    return sample


def _tested(bundle: Bundle) -> Sample | None:
    """The answers in `report/predictions.csv`."""
    file = bundle.path / "report" / "predictions.csv"
    if not file.is_file():
        return None
    names = bundle.manifest.class_names
    columns = [f"p:{name}" for name in names]
    rows = []
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                shares = [float(row[column]) for column in columns]
                best = max(range(len(names)), key=shares.__getitem__)
                novelty = float(row["novelty"]) if row.get("novelty") else None
                rows.append({"label": best, "confidence": shares[best], "novelty": novelty})
    except (KeyError, ValueError) as error:
        raise BundleError(f"{file} cannot be read ({error})") from None
    return sample_of(rows, "test")


def _knows_looks(sample: Sample) -> bool:
    return "brightness" in sample.measures


@dataclass(frozen=True, slots=True)
class AnsweredPhotos:
    """New photos as a sample, how many were left out and why, and the strangest of them."""

    sample: Sample
    left_out: dict[str, int]
    strangest: tuple[Strange, ...]


def answered(classifier: Classifier, photos: str | Path, group_by: str | None, progress: Progress) -> AnsweredPhotos:
    """What the bundle answers for one photo of each group, and how these photos look."""
    with Cache() as cache:
        scanned = scan(
            Unlabelled(open_source(photos)),
            group_by=group_by,
            facts_store=cache,
            progress=lambda done, total: progress("scan", done, total),
        )
    split = classifier.path / "split.csv"
    learned = learned_from(split) if split.is_file() else frozenset()
    fresh = [photo for photo in scanned.photoset.photos if photo.sha256 not in learned]
    chosen = list({photo.group: photo for photo in reversed(fresh)}.values())[::-1]
    read = scanned.photoset.source.read
    rows: list[dict[str, Any]] = []
    strange: list[tuple[float, str, str]] = []
    for outcome in classifier.outcomes(PhotoInput(photo.path, partial(read, photo.path)) for photo in chosen):
        photo = chosen[len(rows)]
        if outcome.probs is None:
            raise KenaliError(f"{outcome.path} could be read a moment ago, but not any more: {outcome.error}")
        label = int(outcome.probs.argmax())
        rows.append(
            {"label": label, "confidence": float(outcome.probs.max()), "novelty": outcome.novelty, **seen_in(scanned, photo)}
        )
        if outcome.novelty is not None:
            strange.append((outcome.novelty, photo.path, classifier.class_names[label]))
        progress("predict", len(rows), len(chosen))
    strangest = sorted(strange, reverse=True)[:STRANGEST]
    left_out = {
        "learned": len(scanned.photoset) - len(fresh),
        "alike": len(fresh) - len(chosen) + scanned.ledger.count("duplicate"),
        "unreadable": scanned.ledger.count("quarantined"),
    }
    shown = tuple(Strange(path, novelty, label, scanned.facts[path].thumb) for novelty, path, label in strangest)
    return AnsweredPhotos(sample_of(rows, _PHOTOS), left_out, shown)


_PHOTOS: Origin = "photos"


def seen_in(scanned: Scan, photo: Photo) -> dict[str, Any]:
    """How a scanned photo looks, as a row of a sample."""
    height, width = photo.size_px
    facts = scanned.facts[photo.path]
    return {**asdict(facts.appearance), "size": sqrt(height * width), "shape": width / height, "format": facts.format}


def _written(result: DriftResult, out: str | Path | None, language: str) -> DriftResult:
    if out is not None:
        write_drift(Path(out), result, language)
    return result
