"""The vote: it settles, it does not flicker, and it names nobody for want of a name."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kenali.doubt import UNKNOWN
from kenali.errors import KenaliError
from kenali.stream.votes import Rules, Votes

LABELS = st.sampled_from([UNKNOWN, "ana", "budi", "citra"])


def told(labels: list[str], rules: Rules | None = None) -> list[str]:
    votes = Votes(rules)
    return [votes.cast(label) for label in labels]


def test_a_name_is_told_after_three_frames_and_survives_doubt() -> None:
    assert told(["ana"] * 4) == [UNKNOWN, UNKNOWN, "ana", "ana"]
    assert told(["ana"] * 10 + ["budi", UNKNOWN, "ana", "budi", "ana"])[3:] == ["ana"] * 12


def test_another_name_takes_over_once_frames_say_so_one_after_the_other() -> None:
    labels = told((["ana"] * 4 + ["budi"]) * 3 + ["ana", "budi", "budi", "budi", "budi"] * 4)
    first = labels.index("budi")
    # three frames without ana; then these three, all budi's, are the whole vote
    assert (first, set(labels[3:18]), labels[18:20], set(labels[first:])) == (20, {"ana"}, [UNKNOWN] * 2, {"budi"})


def test_of_two_names_in_turn_the_one_in_office_stays_until_the_other_leads_by_the_margin() -> None:
    labels = told(["ana"] * 15 + ["ana", "budi", "budi"] * 12)
    first = labels.index("budi")
    # nine votes of fifteen lead six by a fifth; that has to hold for three frames
    assert (first, set(labels[3:first]), set(labels[first:])) == (30, {"ana"}, {"budi"})


def test_a_name_that_nobody_says_any_more_is_given_up() -> None:
    labels = told(["ana"] * 15 + [UNKNOWN] * 5 + ["budi"] * 10)
    assert labels[15:20] == ["ana"] * 2 + [UNKNOWN] * 3
    assert labels[20:] == [UNKNOWN] * 9 + ["budi"]  # eight lead five by a fifth of thirteen
    assert told(["ana"] * 15 + ["budi"] * 5)[17:] == [UNKNOWN, UNKNOWN, "budi"]


def test_who_is_mostly_unknown_stays_unknown() -> None:
    assert set(told([UNKNOWN, UNKNOWN, "ana"] * 20)) == {UNKNOWN}
    assert set(told(["ana", "budi"] * 20)) == {UNKNOWN}


def test_a_window_of_one_takes_each_frame_as_it_is() -> None:
    labels = ["ana", "budi", UNKNOWN, "budi"]
    assert told(labels, Rules.of(1)) == labels


@settings(deadline=None)
@given(st.lists(LABELS, max_size=80))
def test_names_do_not_flicker(labels: list[str]) -> None:
    """Between two names that are told lies the time that a name has to lead."""
    rules = Rules()
    heard = [UNKNOWN, *told(labels, rules)]
    named = [place for place, (one, other) in enumerate(pairwise(heard)) if one != other and other != UNKNOWN]
    assert all(later - earlier >= rules.hold for earlier, later in pairwise(named))


@settings(deadline=None)
@given(st.lists(LABELS, max_size=60), LABELS)
def test_what_every_frame_says_is_told_within_a_window(before: list[str], label: str) -> None:
    assert told(before + [label] * (15 + 3))[-1] == label


@settings(deadline=None)
@given(st.lists(LABELS, min_size=1, max_size=80))
def test_nobody_is_told_who_was_not_seen_lately(labels: list[str]) -> None:
    for place, label in enumerate(told(labels)):
        assert label == UNKNOWN or label in labels[: place + 1][-Rules().grace :]


@pytest.mark.parametrize("wrong", [{"window": 0}, {"hold": 0}, {"grace": 0}, {"margin": 1.0}])
def test_rules_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(KenaliError, match="a vote needs"):
        Rules(**wrong)  # type: ignore[arg-type]
