"""Faces as points: an embedder turns chips into vectors of length one, near for one person and far for two."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kenali.faces.specs import EmbedderSpec
from kenali.faces.values import Chip
from kenali.files import sha256_of
from kenali.network import Network
from kenali.types import FloatArray

_TOGETHER = 32  # chips in one call: a crowd takes no more memory than so many


class Embedder:
    """Turns chips into embeddings. Safe to use from several threads. `sha256` names its graph for good."""

    def __init__(self, graph: Path, spec: EmbedderSpec) -> None:
        self._network = Network(graph)
        self._spec = spec
        self.side = spec.side
        self.template = np.array(spec.template, np.float32)
        self.sha256 = sha256_of(graph)

    def __call__(self, chips: Sequence[Chip]) -> FloatArray:
        """Embeddings float32 (n, d) of length one."""
        output = self._network.outputs[0]
        groups = [np.stack(chips[at : at + _TOGETHER]) for at in range(0, len(chips), _TOGETHER)]
        found = np.concatenate([self._network.on_planes(self._spec.planes(group), output)[output] for group in groups])
        embeddings: FloatArray = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        return embeddings
