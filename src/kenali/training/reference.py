"""The rows of a bundle's `reference.json`: photos that the model did not learn from, and its answers to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kenali.bundle.reference import Sample, sample_of
from kenali.evaluation.drift_run import seen_in
from kenali.evaluation.trust import Trust
from kenali.photos import Scan
from kenali.training.learned import Learned
from kenali.types import FloatArray, Photo, Split


def reference_sample(learned: Learned, trust: Trust, parts: Split, scanned: Scan) -> Sample:
    """One row a group of photos: those held out from training, and those of the test part."""
    names = scanned.photoset.class_names
    rows: dict[str, dict[str, Any]] = {}
    tested = trust.predictions(learned.test_logits, names, learned.test_novelty)
    answers = [(parts.test, tested.probs, learned.test_novelty)]
    if learned.held_out is not None:
        answers.append((learned.judged, learned.held_out.probs, learned.held_out.novelty))
    for photos, probs, novelty in answers:
        for photo, row in _rows(photos, probs, novelty, scanned):
            rows.setdefault(photo.group, row)
    return sample_of(list(rows.values()), "held-out" if learned.held_out is not None else "test")


def _rows(
    photos: tuple[Photo, ...], probs: FloatArray, novelty: FloatArray, scanned: Scan
) -> Iterator[tuple[Photo, dict[str, Any]]]:
    for photo, shares, strange in zip(photos, probs, novelty, strict=True):
        answer = {"label": int(shares.argmax()), "confidence": float(shares.max()), "novelty": float(strange)}
        yield photo, answer | seen_in(scanned, photo)
