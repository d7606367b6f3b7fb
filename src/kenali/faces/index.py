"""Which rows of a matrix of embeddings lie nearest: an exact pass over all of them, and an approximate graph for millions.

Rows and queries have length one, so that the nearest by L2 distance is the one with the greatest product.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from kenali.errors import MissingExtra
from kenali.parallel import cores
from kenali.types import FloatArray, IntArray

MOST_EXACT = 1_000_000
"""Rows up to which one exact pass is quick enough: about 20 ms on two cores."""

_ROWS_A_STEP = 4096  # 2 MB of 128 numbers: the products are still in the core's cache when the best are looked for
_QUERIES_A_PASS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """For each query its nearest rows, nearest first: `rows` int64 (m, k) and L2 `distances` float32 (m, k), 0..2."""

    rows: IntArray
    distances: FloatArray


class Index(Protocol):
    """Finds the rows nearest to each query (m, d)."""

    def __call__(self, queries: FloatArray, k: int) -> Nearest: ...


class ExactIndex:
    """Compares each query with every row, block by block, a share of the rows for each core.

    Needs no memory beyond the matrix, and nothing to build. Safe to use from several threads.
    """

    def __init__(self, matrix: FloatArray) -> None:
        """`matrix` float32 (n, d), which is not copied."""
        self._matrix = matrix
        shares = min(cores(), -(-len(matrix) // _ROWS_A_STEP)) or 1
        cuts = np.linspace(0, len(matrix), shares + 1).astype(int).tolist()
        self._shares = list(zip(cuts[:-1], cuts[1:], strict=True))
        self._pool = ThreadPoolExecutor(shares, thread_name_prefix="kenali-search") if shares > 1 else None

    def __call__(self, queries: FloatArray, k: int) -> Nearest:
        """At most `k` rows for each of `queries` (m, d)."""
        k = min(k, len(self._matrix))
        passes = [self._pass(queries[at : at + _QUERIES_A_PASS], k) for at in range(0, len(queries), _QUERIES_A_PASS)]
        rows = np.concatenate(passes) if passes else np.empty((0, k), np.int64)
        return ordered(self._matrix, queries, rows)

    def _pass(self, queries: FloatArray, k: int) -> IntArray:
        """The rows (m, k) with the greatest products, in no order."""
        if self._pool is None:
            found = [_best_of(self._matrix, queries, k, *share) for share in self._shares]
        else:
            found = list(self._pool.map(lambda share: _best_of(self._matrix, queries, k, *share), self._shares))
        scores = np.concatenate([scores for scores, _ in found], axis=1)
        rows = np.concatenate([rows for _, rows in found], axis=1)
        return np.take_along_axis(rows, _greatest(scores, k), axis=1)


class ApproximateIndex:
    """A graph of near neighbours (HNSW, by usearch) over the rows: far faster than a pass over millions, not quite sure.

    It holds a copy of the rows and is never the truth: it is built anew from the gallery's own vectors. Source: Y. Malkov
    and D. Yashunin, "Efficient and robust approximate nearest neighbor search using HNSW graphs" (2018).
    """

    def __init__(self, matrix: FloatArray, *, effort: int = 128, numbers: str = "f16") -> None:
        """`effort` is how many candidates a search weighs; more find more. `numbers` (`f32`, `f16`, `i8`) are kept a row."""
        try:
            from usearch.index import Index as Graph
        except ImportError as error:
            raise MissingExtra("the approximate index", "faces-index", error) from error
        self._matrix = matrix
        self._graph: Any = Graph(ndim=matrix.shape[1], metric="ip", dtype=numbers, expansion_search=effort)
        self._graph.add(np.arange(len(matrix), dtype=np.uint64), matrix, threads=cores())

    @property
    def memory_bytes(self) -> int:
        """What the graph takes beside the matrix."""
        return int(self._graph.memory_usage)

    def __call__(self, queries: FloatArray, k: int) -> Nearest:
        """Mostly the `k` nearest rows for each of `queries` (m, d); their distances are exact."""
        k = min(k, len(self._matrix))
        found = self._graph.search(queries, k, threads=cores() if len(queries) > 1 else 1)
        keys = np.atleast_2d(found.keys)
        return ordered(self._matrix, queries, keys.astype(np.int64))


def index_of(matrix: FloatArray) -> Index:
    """Exact search up to a million rows; beyond, the approximate graph where its package is installed."""
    if len(matrix) <= MOST_EXACT:
        return ExactIndex(matrix)
    try:
        return ApproximateIndex(matrix)
    except MissingExtra:
        return ExactIndex(matrix)  # no less right, only slower


def ordered(matrix: FloatArray, queries: FloatArray, rows: IntArray) -> Nearest:
    """Candidate `rows` (m, k) by their distances, which are taken from differences: products of near rows lose digits."""
    distances = np.linalg.norm(matrix[rows] - queries[:, None], axis=2).astype(np.float32)
    order = np.argsort(distances, axis=1, kind="stable")
    return Nearest(np.take_along_axis(rows, order, axis=1), np.take_along_axis(distances, order, axis=1))


def _best_of(matrix: FloatArray, queries: FloatArray, k: int, begin: int, end: int) -> tuple[FloatArray, IntArray]:
    """The `k` greatest products (m, k) of rows `begin` to `end` with each query, and these rows.

    A block is looked through again only where its greatest product beats the k-th best so far, which after the first
    blocks is rare.
    """
    m = len(queries)
    scores, rows = np.full((m, k), -np.inf, np.float32), np.zeros((m, k), np.int64)
    products = np.empty((m, _ROWS_A_STEP), np.float32)
    for start in range(begin, end, _ROWS_A_STEP):
        block = matrix[start : min(end, start + _ROWS_A_STEP)]
        current = products[:, : len(block)]
        if m == 1:
            np.vecdot(block, queries[0], out=current[0])
        else:
            np.matmul(queries, block.T, out=current)
        for j in np.flatnonzero(current.max(axis=1) > scores.min(axis=1)).tolist():
            better = np.flatnonzero(current[j] > scores[j].min())
            both = np.concatenate([scores[j], current[j, better]])
            chosen = _greatest(both[None], k)[0]
            scores[j], rows[j] = both[chosen], np.concatenate([rows[j], better + start])[chosen]
    return scores, rows


def _greatest(scores: FloatArray, k: int) -> IntArray:
    """The places of the `k` greatest of each row, in no order."""
    if k >= scores.shape[1]:
        return np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    return np.argpartition(-scores, k - 1, axis=1)[:, :k]
