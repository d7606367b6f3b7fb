"""Receipts: what the server gave it believes, and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kenali.errors import KenaliError
from kenali.serve.receipts import KEY_NAME, Receipts


def test_a_receipt_says_what_was_answered(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    given_out = [receipts.issue("rocks", "0123456789ab", 3, "novel", 0.5) for _ in range(100)]
    assert len(set(given_out)) == 100
    read = receipts.read("rocks", given_out[0])
    assert read is not None
    assert (read.bundle, read.label, read.reason) == ("0123456789ab", 3, "novel")
    assert read.confidence == pytest.approx(0.5, abs=0.003)
    assert Receipts(tmp_path).read("rocks", given_out[0]) == read  # another worker, or the same after a restart


def test_of_another_model_altered_or_made_up_it_is_none(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path / "a")
    given_out = receipts.issue("rocks", "0123456789ab", 3, None, 0.5)
    assert receipts.read("stones", given_out) is None
    assert Receipts(tmp_path / "b").read("rocks", given_out) is None
    for place in range(0, len(given_out), 7):
        altered = given_out[:place] + ("0" if given_out[place] != "0" else "1") + given_out[place + 1 :]
        assert receipts.read("rocks", altered) is None


@given(st.text(max_size=120))
def test_nothing_breaks_it(text: str) -> None:
    receipts = Receipts.__new__(Receipts)
    receipts._key = b"k" * 32
    assert receipts.read("rocks", text) is None


def test_workers_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Receipts(tmp_path), range(8)))
    number = made[0].issue("rocks", "0123456789ab", 0, None, 1.0)
    assert all(one.read("rocks", number) for one in made)


def test_a_damaged_key_is_told(tmp_path: Path) -> None:
    (tmp_path / KEY_NAME).write_bytes(b"k" * 33)
    with pytest.raises(KenaliError, match="is damaged"):
        Receipts(tmp_path)
