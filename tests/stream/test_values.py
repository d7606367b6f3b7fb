"""Stamps, policies and names: what is allowed, and what stays apart."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kenali.errors import KenaliError
from kenali.stream.values import ALL, LATEST, Policy, Stamp, clean_source, new_session


@pytest.mark.parametrize("text", ["latest", "all", "every:1", "every:25"])
def test_policies_say_what_they_were_parsed_from(text: str) -> None:
    assert Policy.parse(text).text == text


@pytest.mark.parametrize("text", ["", "newest", "every", "every:0", "every:-1", "every:1000000", "every:2 ", "all:2"])
def test_other_policies_are_refused(text: str) -> None:
    with pytest.raises(KenaliError, match="every:N"):
        Policy.parse(text)


def test_a_policy_of_every_third_takes_every_third() -> None:
    assert [number for number in range(7) if Policy.parse("every:3").takes(number)] == [0, 3, 6]
    assert LATEST.takes(5)
    assert ALL.takes(5)


@pytest.mark.parametrize(
    "stamp",
    [("", "00000000", 0, 0), ("a b", "00000000", 0, 0), ("a", "0000000G", 0, 0), ("a", "0", 0, 0), ("a", "00000000", -1, 0)],
)
def test_stamps_are_validated(stamp: tuple[str, str, int, int]) -> None:
    with pytest.raises(KenaliError):
        Stamp(*stamp)


def test_names_stay_readable_and_apart() -> None:
    assert clean_source("front door") == "front-door"
    assert clean_source("Küche") == "Kuche"
    assert clean_source("raspberrypi.local") == "raspberrypi.local"
    assert clean_source("客厅") != clean_source("卧室")
    assert clean_source("a" * 65) != clean_source("a" * 66)


@given(st.text(max_size=200))
def test_every_name_becomes_one_that_a_stamp_takes(name: str) -> None:
    clean = clean_source(name)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", clean)
    assert clean_source(clean) == clean
    Stamp(clean, new_session(), 0, 0)
