"""Which rows of a matrix of embeddings lie nearest: an exact pass over all of them, and an approximate graph for millions.

Rows and queries have length one, so that the nearest by L2 distance is the one with the greatest product.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from kenali.errors import KenaliError, MissingExtra
from kenali.faces.short_rows import ShortQueries, ShortRows
from kenali.parallel import cores
from kenali.types import FloatArray, IntArray

_Found = tuple[FloatArray, IntArray]

MOST_EXACT = 1_000_000
"""Rows up to which one exact pass is quick enough: about 10 ms on two cores."""

_ROWS_A_STEP = 16_384  # each step costs some 10 µs of Python; one query's products stay in the core's cache
_QUERIES_A_PASS = 64
_LEAST_ROWS_A_CORE = 32_768  # fewer are done before a second thread has begun
_LEAST_ROWS_SHORTENED = 32_768
_SHORT_ROWS_A_BLOCK = 262_144  # their products with a pass of queries take 32 MB
_SHORT_QUERIES_A_PASS = 16
_WORTH = 256  # queries that gain about as much time as shortening the rows takes
_MANY = 8  # rows for each that is wanted, below which too few are passed over
_MORE = 3  # candidates an answer: the graph keeps short numbers, and their order is settled by the true distances


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """For each query its nearest rows, nearest first: `rows` int64 (m, k) and L2 `distances` float32 (m, k), 0..2."""

    rows: IntArray
    distances: FloatArray


class Index(Protocol):
    """Finds the rows nearest to each query (m, d)."""

    def __call__(self, queries: FloatArray, k: int) -> Nearest: ...


class ExactIndex:
    """Compares each query with every row, block by block, on every core. Safe to use from several threads.

    Once so many were asked that it pays, the rows are also kept shortened to a byte a number: up to as much memory again, and
    the same is found in a third of the time.
    """

    def __init__(self, matrix: FloatArray, shorten_after: int = _WORTH) -> None:
        """`matrix` float32 (n, d), which is not copied. With `shorten_after` 0 its rows are shortened at once."""
        self._matrix = matrix
        shares = max(1, min(cores(), len(matrix) // _LEAST_ROWS_A_CORE))
        self._pool = ThreadPoolExecutor(shares, thread_name_prefix="kenali-search") if shares > 1 else None
        self._shares = _cuts(len(matrix), shares)
        self._short: list[ShortRows] = []
        self._left = shorten_after if len(matrix) >= _LEAST_ROWS_SHORTENED else math.inf
        self._counting = threading.Lock()
        if self._left <= 0:
            self._left = math.inf
            self._shorten()

    def __call__(self, queries: FloatArray, k: int) -> Nearest:
        """At most `k` rows for each of `queries` (m, d)."""
        k = min(k, len(self._matrix))
        short = self._short if all(_MANY * k <= len(block) for block in self._short) else []
        step = _SHORT_QUERIES_A_PASS if short else _QUERIES_A_PASS
        found = []
        for at in range(0, max(1, len(queries)), step):
            together = queries[at : at + step]
            parts = _found_in_short(short, together, k) if short else self._found_in_whole(together, k)
            scores, rows = (np.concatenate(column, axis=1) for column in zip(*parts, strict=True))
            best = np.take_along_axis(rows, _greatest(scores, k), axis=1)
            found.append(ordered(self._matrix, together, best))
        if self._is_time(len(queries)):
            threading.Thread(target=self._shorten, name="kenali-shorten").start()
        return Nearest(np.concatenate([one.rows for one in found]), np.concatenate([one.distances for one in found]))

    def _found_in_whole(self, queries: FloatArray, k: int) -> list[_Found]:
        if self._pool is None:
            return [_best_of(self._matrix, queries, k, *share) for share in self._shares]
        with _ONE_BLAS_THREAD:
            return list(self._pool.map(lambda share: _best_of(self._matrix, queries, k, *share), self._shares))

    def _is_time(self, queries: int) -> bool:
        """Whether the rows are to be shortened, now that so many more were asked."""
        with self._counting:
            self._left -= queries
            if self._left > 0:
                return False
            self._left = math.inf
            return True

    def _shorten(self) -> None:
        blocks = math.ceil(len(self._matrix) / _SHORT_ROWS_A_BLOCK)
        with suppress(KenaliError, MemoryError):  # then they are read whole, as before
            self._short = [ShortRows(self._matrix, *cut) for cut in _cuts(len(self._matrix), blocks)]


class ApproximateIndex:
    """A graph of near neighbours (HNSW, by usearch) over the rows: far faster than a pass over millions, not quite sure.

    It holds a copy of the rows and is never the truth: it is built anew from the gallery's own vectors. Source: Y. Malkov
    and D. Yashunin, "Efficient and robust approximate nearest neighbor search using HNSW graphs" (2018).
    """

    def __init__(self, matrix: FloatArray, *, effort: int = 512, numbers: str = "f16") -> None:
        """See `effort`; `numbers` (`f32`, `f16`, `i8`) are kept a row."""
        try:
            from usearch.index import Index as Graph
        except ImportError as error:
            raise MissingExtra("the approximate index", "faces-index", error) from error
        self._matrix = matrix
        self._graph: Any = Graph(ndim=matrix.shape[1], metric="ip", dtype=numbers, expansion_search=effort)
        self._graph.add(np.arange(len(matrix), dtype=np.uint64), matrix, threads=cores())

    @property
    def effort(self) -> int:
        """How many candidates a search weighs; more find more and take longer."""
        return int(self._graph.expansion_search)

    @effort.setter
    def effort(self, candidates: int) -> None:
        self._graph.expansion_search = candidates

    @property
    def memory_bytes(self) -> int:
        """What the graph takes beside the matrix."""
        return int(self._graph.memory_usage)

    def __call__(self, queries: FloatArray, k: int) -> Nearest:
        """Mostly the `k` nearest rows for each of `queries` (m, d); their distances are exact."""
        k = min(k, len(self._matrix))
        more = min(_MORE * k, len(self._matrix))
        found = self._graph.search(queries, more, threads=cores() if len(queries) > 1 else 1)
        near = ordered(self._matrix, queries, np.atleast_2d(found.keys).astype(np.int64))
        return Nearest(near.rows[:, :k], near.distances[:, :k])


def _cuts(rows: int, parts: int) -> list[tuple[int, int]]:
    """Where so many equal parts begin and end."""
    return list(pairwise(np.linspace(0, rows, parts + 1).astype(int).tolist()))


def _found_in_short(blocks: Sequence[ShortRows], queries: FloatArray, k: int) -> list[_Found]:
    asked = ShortQueries.of(queries)
    return [block.nearest(asked, k) for block in blocks]


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


class _OneBlasThread:
    """While anybody is inside, NumPy's products take one thread each: the shares of the rows are the threads.

    Products that split themselves again made a search 20 times slower. What was set before comes back when the last one
    leaves, however searches overlap; a thread of its own sets both, since OpenBLAS heeds only the thread that set it last.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._setter = ThreadPoolExecutor(1, thread_name_prefix="kenali-blas")
        self._inside = 0
        self._controller: Any = None
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._controller is None:
                self._controller = _blas()
            if self._inside == 0:
                self._setter.submit(self._hold).result()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._setter.submit(self._limit.__exit__, None, None, None).result()

    def _hold(self) -> None:
        self._limit = self._controller.limit(limits=1, user_api="blas")
        self._limit.__enter__()


_ONE_BLAS_THREAD = _OneBlasThread()


def _blas() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError as error:
        raise MissingExtra("searching a gallery", "faces", error) from error
    return ThreadpoolController()


def _best_of(matrix: FloatArray, queries: FloatArray, k: int, begin: int, end: int) -> _Found:
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
            np.dot(block, queries[0], out=current[0])
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
