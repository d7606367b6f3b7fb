"""`kenali.json` of an export: the bundle's manifest without what only its owner may see, and how its graph is to be read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from kenali.bundle import Bundle
from kenali.bundle.manifest import MANIFEST_NAME
from kenali.files import sha256_of

_KEPT = ("name", "class_names", "preprocessing", "calibration", "thresholds", "sets")


def page_manifest(
    bundle: Bundle, outputs: Sequence[str], precision: str, weights: bytes, head: Mapping[str, str | None] | None
) -> dict[str, Any]:
    """The PageManifest of `web/src/types.ts`; `weights` are the bytes of the file that holds the numbers."""
    manifest = bundle.manifest.model_dump(mode="json")
    return {
        "format": 1,
        **{name: manifest[name] for name in _KEPT},
        "outputs": list(outputs),
        "precision": precision,
        "bundle_sha256": sha256_of(bundle.path / MANIFEST_NAME),
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "head": dict(head) if head else None,
    }


def as_text(document: Any) -> str:
    """JSON for people, a key a line."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
