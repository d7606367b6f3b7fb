"""Search finds what comparing everything with everything finds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kenali.errors import KenaliError
from kenali.faces import index
from kenali.faces.index import ApproximateIndex, ExactIndex, index_of
from kenali.faces.short_rows import ShortQueries, ShortRows
from tests.faces.people import drawn_people


@settings(max_examples=25, deadline=None)
@given(
    rows=st.integers(1, 700),
    queries=st.integers(0, 70),
    k=st.integers(1, 40),
    seed=st.integers(0, 99),
    step=st.integers(8, 300),
)
def test_exact_search_agrees_with_a_full_sort(rows: int, queries: int, k: int, seed: int, step: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((rows, 16)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    asked = rng.standard_normal((queries, 16)).astype(np.float32)
    asked /= np.maximum(np.linalg.norm(asked, axis=1, keepdims=True), 1e-9)
    before = index._ROWS_A_STEP
    index._ROWS_A_STEP = step
    try:
        found = ExactIndex(matrix)(asked, k)
    finally:
        index._ROWS_A_STEP = before
    distances = np.linalg.norm(matrix[None] - asked[:, None], axis=2)
    expected = np.sort(distances, axis=1)[:, :k]
    assert found.rows.shape == found.distances.shape == (queries, min(k, rows))
    np.testing.assert_allclose(found.distances, expected, atol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(distances, found.rows, axis=1), found.distances, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 500),
    queries=st.integers(0, 40),
    size=st.sampled_from([1, 3, 16, 129]),
    k=st.integers(1, 30),
    seed=st.integers(0, 99),
    kind=st.sampled_from(["anywhere", "alike", "equal", "one outlier", "zeros"]),
)
def test_shortened_rows_lose_no_neighbour(rows: int, queries: int, size: int, k: int, seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((rows, size)).astype(np.float32)
    if kind == "alike":
        matrix = 1 + 1e-3 * matrix
    elif kind == "equal":
        matrix[:] = matrix[0]
    elif kind == "one outlier":
        matrix[0] *= 1e4
    asked = (
        np.zeros((queries, size), np.float32) if kind == "zeros" else rng.standard_normal((queries, size)).astype(np.float32)
    )
    block, k = ShortRows(matrix, 0, rows), min(k, rows)
    scores, found = block.nearest(ShortQueries.of(asked), k)
    products = asked @ matrix.T
    np.testing.assert_allclose(np.sort(scores), np.sort(products)[:, rows - k :], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.take_along_axis(products, found, axis=1), scores, rtol=1e-4, atol=1e-4)
    assert all(len(set(row)) == k for row in found.tolist())


def test_rows_are_shortened_once_it_pays_and_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_LEAST_ROWS_SHORTENED", 100)
    monkeypatch.setattr(index, "_SHORT_ROWS_A_BLOCK", 1000)
    people = drawn_people(800, 3)
    asked = people.matrix[::7] + 0.01
    search = ExactIndex(people.matrix, shorten_after=len(asked) + 1)
    before = search(asked, 5)
    assert search._short == []
    search(asked[:1], 5)
    for thread in threading.enumerate():
        if thread.name == "kenali-shorten":
            thread.join()
    assert len(search._short) == 3
    after = search(asked, 5)
    np.testing.assert_array_equal(after.rows, before.rows)
    np.testing.assert_array_equal(after.distances, before.distances)
    assert search(asked[:2], 300).rows.shape == (2, 300)  # more than a block is good for


def test_rows_that_cannot_be_shortened_are_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_LEAST_ROWS_SHORTENED", 10)
    wide = np.eye(40, 3000, dtype=np.float32)
    assert ExactIndex(wide, shorten_after=0)(wide[7:8], 1).rows[0, 0] == 7
    with pytest.raises(KenaliError, match="shortened"):
        ShortRows(np.full((20, 4), np.inf, np.float32), 0, 20)


def test_a_photo_finds_itself_at_no_distance() -> None:
    """Products of equal vectors lose half the digits of a small distance; differences lose none."""
    people = drawn_people(50, 3)
    found = ExactIndex(people.matrix)(people.matrix[7:8], 1)
    assert found.rows[0, 0] == 7
    assert found.distances[0, 0] == 0


def test_an_empty_matrix_has_no_neighbours() -> None:
    found = ExactIndex(np.empty((0, 8), np.float32))(np.eye(8, dtype=np.float32)[:2], 3)
    assert found.rows.shape == (2, 0)


@pytest.mark.parametrize("numbers", ["f32", "f16"])
def test_the_approximate_index_finds_almost_all(numbers: str) -> None:
    pytest.importorskip("usearch", reason="the extra faces-index is not installed")
    people = drawn_people(1000, 3, size=64)
    approximate, exact = ApproximateIndex(people.matrix, numbers=numbers), ExactIndex(people.matrix)
    asked = people.matrix[::10]
    rough, sure = approximate(asked, 3), exact(asked, 3)
    recall = np.mean([len(set(a) & set(b)) / 3 for a, b in zip(rough.rows.tolist(), sure.rows.tolist(), strict=True)])
    assert recall > 0.97
    assert approximate(asked[:1], 3).rows.shape == (1, 3)
    assert approximate.memory_bytes > people.matrix.nbytes // 2
    true = np.linalg.norm(people.matrix[rough.rows] - asked[:, None], axis=2)
    np.testing.assert_allclose(rough.distances, true, atol=1e-6)


def test_millions_are_searched_approximately_where_that_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST_EXACT", 100)
    people = drawn_people(60, 2)
    assert isinstance(index_of(people.matrix[:100]), ExactIndex)
    pytest.importorskip("usearch", reason="the extra faces-index is not installed")
    assert isinstance(index_of(people.matrix), ApproximateIndex)
    monkeypatch.setitem(__import__("sys").modules, "usearch.index", None)
    assert isinstance(index_of(people.matrix), ExactIndex)


def test_searches_in_many_threads_leave_the_products_as_they_were() -> None:
    from threadpoolctl import threadpool_info

    def threads() -> list[int]:
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    people, before = drawn_people(40, 3), threads()
    search = ExactIndex(people.matrix)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda row: search(people.matrix[row : row + 1], 1).rows[0, 0], range(120)))
    assert found == list(range(120))
    assert threads() == before
