"""Where a bundle comes from: versions, seed, data and weights, but never a path, user or host."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import kenali
from kenali.training.choices import Recipe
from kenali.types import PhotoSet, Split

_PACKAGES = ("numpy", "pillow", "onnxruntime", "onnx")


def fingerprint(photoset: PhotoSet) -> str:
    """SHA-256 over every photo's class name and content: equal for equal data, whatever the files are called."""
    lines = sorted(f"{photoset.class_names[photo.label]}\t{photo.sha256}\n" for photo in photoset.photos)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def provenance_of(photoset: PhotoSet, parts: Split, recipe: Recipe, details: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest's `provenance`, with what the way of training adds as `details`.

    `created` is the only entry that differs between two equal runs on one machine.
    """
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "kenali": kenali.__version__,
        "recipe": recipe.name,
        "seed": recipe.seed,
        **details,
        "photos": {"train": len(parts.train), "val": len(parts.val), "test": len(parts.test)},
        "data_fingerprint": fingerprint(photoset),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in _PACKAGES},
    }
