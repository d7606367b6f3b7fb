"""Who belongs together in photos that nobody has named."""

from __future__ import annotations

import numpy as np

from kenali.errors import KenaliError, MissingExtra
from kenali.types import FloatArray, IntArray

MOST_FACES = 20_000
"""Faces at most: all distances between them are held at once, 1.6 GB for so many."""


def clusters(embeddings: FloatArray, threshold: float) -> IntArray:
    """The cluster of each face (n,), numbered from 0 by size, the largest first.

    Groups of faces are joined while the mean distance between them is at most `threshold` (average linkage, R. Sokal and
    C. Michener 1958): one face between two people does not chain them together, as it would in DBSCAN. Raises KenaliError
    for more than 20,000 faces.
    """
    if len(embeddings) > MOST_FACES:
        raise KenaliError(f"at most {MOST_FACES:,} faces are sorted at once, and there are {len(embeddings):,}: take a part")
    if len(embeddings) < 2:
        return np.zeros(len(embeddings), np.int64)
    try:
        from sklearn.cluster import AgglomerativeClustering
    except ImportError as error:
        raise MissingExtra("sorting unnamed faces", "faces-svm", error) from error
    joined = AgglomerativeClustering(n_clusters=None, distance_threshold=threshold, linkage="average", metric="precomputed")
    distances = np.sqrt(np.maximum(0, 2 - 2 * embeddings @ embeddings.T))
    found = joined.fit_predict(distances)
    _, first, sizes = np.unique(found, return_index=True, return_counts=True)
    rank = np.empty(len(sizes), np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    numbered: IntArray = rank[found]
    return numbered
