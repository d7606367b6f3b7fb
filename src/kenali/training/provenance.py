"""Where a bundle comes from: versions, seed, data and weights, but never a path, user or host."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kenali.receipt import Ran, Receipt, digest, digest_of_lines, receipt_of, versions
from kenali.training.choices import Recipe
from kenali.types import PARTS, PhotoSet, Split


def fingerprint(photoset: PhotoSet) -> str:
    """SHA-256 over every photo's class name and content: equal for equal data, whatever the files are called."""
    lines = sorted(f"{photoset.class_names[photo.label]}\t{photo.sha256}\n" for photo in photoset.photos)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def provenance_of(photoset: PhotoSet, parts: Split, recipe: Recipe, details: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest's `provenance`, with what the way of training adds as `details`.

    `created` is the only entry that differs between two equal runs on one machine.
    """
    packages = versions()
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "kenali": packages.pop("kenali"),
        "recipe": recipe.name,
        "seed": recipe.seed,
        **details,
        "photos": {"train": len(parts.train), "val": len(parts.val), "test": len(parts.test)},
        "data_fingerprint": fingerprint(photoset),
        "python": packages.pop("python"),
        "versions": packages,
    }


def train_receipt(photoset: PhotoSet, parts: Split, recipe: Recipe, model: bytes, ran: Ran) -> Receipt:
    """The receipt of a run that trained `model` (ONNX): data, split and recipe are its inputs."""
    split = (
        f"{part}\t{p.sha256}" for part, photos in zip(PARTS, (parts.train, parts.val, parts.test), strict=True) for p in photos
    )
    inputs = {"data": fingerprint(photoset), "split": digest_of_lines(split), "recipe": digest(recipe.to_toml())}
    return receipt_of("train", inputs, digest(model), ran)
