"""Threads: order, bounded memory, errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kenali.parallel import batches, map_in_order


def test_results_come_in_order() -> None:
    assert list(map_in_order(lambda n: n * n, range(100), workers=4)) == [n * n for n in range(100)]


def test_items_are_taken_only_as_results_are_consumed() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for n in range(1000):
            taken += 1
            yield n

    results = map_in_order(lambda n: n, items(), workers=2)
    assert next(results) == 0
    assert taken <= 10
    results.close()  # type: ignore[attr-defined]


def test_an_error_is_raised_at_its_turn() -> None:
    results = map_in_order(lambda n: 1 // (3 - n), range(10), workers=2)
    assert [next(results) for _ in range(3)] == [0, 0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_batches_keep_order_and_size() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
