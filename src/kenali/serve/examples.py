"""Examples for the OpenAPI document: a real server's answers to real photos, and the sentence of each problem.

`benchmarks/api_examples.py` writes the answers anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_ANSWERS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))

PREDICTIONS: dict[str, Any] = _ANSWERS["predictions"]
MODELS: dict[str, Any] = _ANSWERS["models"]
MODEL: dict[str, Any] = _ANSWERS["model"]
JSON_PHOTOS: dict[str, Any] = _ANSWERS["json_photos"]
FEEDBACK: dict[str, Any] = _ANSWERS["feedback"]
SPLIT: dict[str, Any] = _ANSWERS["split"]
DRIFT: dict[str, Any] = _ANSWERS["drift"]

FACES: dict[str, Any] = json.loads(Path(__file__).with_name("face_examples.json").read_text(encoding="utf-8"))
"""A real server's answers about the portrait of an astronaut, by route."""

KEY: dict[str, Any] = {
    "id": "1f0c9a3e",
    "name": "Line 3",
    "scopes": ["read", "predict", "feedback"],
    "rate": None,
    "created": "2026-11-02T08:15:00Z",
    "expires": None,
    "revoked": None,
    "last4": "kX3s",
}

DETAILS = {
    "not-an-image": "the file is not an image",
    "unsupported-format": "HEIC files are not read; save it as JPEG or PNG",
    "too-many-bytes": "a photo may have 33,554,432 bytes at most",
    "too-many-pixels": "20000 x 20000 is more than 89,478,485 pixels",
    "empty-file": "the file is empty (0 bytes)",
    "corrupt": "the file begins like an image, but its header is damaged",
    "truncated": "the file ends before the image does",
    "animated": "the file holds 12 frames or pages; save the one to use as its own file",
    "decode-timeout": "decoding it took longer than 10 s",
    "too-much-memory": "decoding it takes more memory than one photo may have",
    "decoder-died": "decoding it ended the decoder, twice",
    "unreadable": "the image cannot be read",
    "no-face": "no face was found",
    "several-faces": "3 faces were found: give a photo of one, or take the largest (largest=true)",
    "flawed": "the face is poor to recognise by (small, blurred): give a better photo, or take it all the same "
    "(accept_flaws=true)",
    "looks-like-another": "it looks like Eileen Collins (distance 0.31): if it is somebody else indeed, insist (force=true)",
    "malformed": "the multipart body ends before its last boundary",
    "no-photo": "the form holds no file",
    "unauthorized": "this server asks for a key: send  Authorization: Bearer KEY",
    "forbidden": "this key may not do that",
    "not-found": "no key has the id '1f0c9a3f'. Did you mean '1f0c9a3e'?",
    "unknown-model": "there is no model 'mineral'. Did you mean 'minerals'?",
    "unknown-prediction": "this id names no prediction of this model",
    "unknown-person": "nobody with this id is enrolled",
    "not-a-split": "'minerals' is a model; only an A/B split has sides to compare",
    "too-few-photos": "the new photos are too few to compare: 7, at least 20 are needed",
    "disk-full": "the disk where photos are kept is full",
    "slow-body": "the request's body came too slowly",
    "wrong-host": "this server does not answer to this name",
    "conflict": "the split 'rocks' needs 'minerals'",
    "name-taken": "somebody is enrolled as 'Eileen Collins' already",
    "not-comparable": "nothing is known of your embedder's distances: run  kenali faces threshold  or give --threshold",
    "too-many-photos": "a request may hold 64 photos at most",
    "unsupported-media-type": "send the bytes of a photo (image/* or application/octet-stream), multipart/form-data or "
    "application/json, not 'text/plain'",
    "invalid": "top_k: Input should be greater than or equal to 1",
    "no-usable-photo": "none of the 3 photos can be used",
    "photos-refused": "1 of 3 photos cannot be enrolled: nothing was changed",
    "bundle-refused": "model.onnx in the bundle is not the file that was saved (its checksum differs)",
    "rate": "this key may make 10 requests a second",
    "busy": "the server is busy; try again in 2 s",
    "gallery-unavailable": "the gallery does not answer now; the server's log says more",
    "draining": "the server is shutting down",
    "not-ready": "the models are being loaded",
}
"""What a problem with this reason says, for instance."""
