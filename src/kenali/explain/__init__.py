"""Where the model looks: evidence for a class over a photo, and its picture. NumPy, Pillow and ONNX Runtime alone."""

from __future__ import annotations

from kenali.explain.evidence import (
    CORNERS,
    RING,
    Evidence,
    Method,
    Region,
    evidence,
    evidence_of_maps,
    method_of,
    only_edge,
    only_middle,
)
from kenali.explain.photo import Explained, Explainer
from kenali.explain.picture import heat_picture, legend
from kenali.explain.sheet import explanation_sheet, refuse_occupied, words_of

__all__ = [
    "CORNERS",
    "RING",
    "Evidence",
    "Explained",
    "Explainer",
    "Method",
    "Region",
    "evidence",
    "evidence_of_maps",
    "explanation_sheet",
    "heat_picture",
    "legend",
    "method_of",
    "only_edge",
    "only_middle",
    "refuse_occupied",
    "words_of",
]
