"""Answers in, appearances out: one event each, first and last seen, unknown kept unknown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kenali.doubt import UNKNOWN
from kenali.errors import KenaliError
from kenali.stream.appearances import Appearance, Change, Patience
from kenali.stream.ordering import Ordering
from kenali.stream.sense import Seen, Sense
from kenali.stream.values import Answer, Sighting
from kenali.stream.votes import Rules
from tests.stream.answers import BEGUN, SECOND, answer, face, whole


def taken(sense: Sense, answers: Sequence[Answer]) -> list[Seen]:
    return [seen for one in answers for seen in sense.take(one, one.answered_ns)]


def frames(sightings: Sequence[Sequence[Sighting]], first: int = 0, **more: str) -> list[Answer]:
    return [answer(first + place, each, **more) for place, each in enumerate(sightings)]  # type: ignore[arg-type]


def ended(changes: Sequence[Change]) -> list[Appearance]:
    return [change.appearance for change in changes if change.kind == "ended"]


def test_one_event_an_appearance_from_the_first_frame_to_the_last() -> None:
    sense = Sense()
    seen = taken(sense, frames([[face("ana", 0.1 + step / 200)] for step in range(40)]))
    kinds = [change.kind for one in seen for change in one.changes]
    assert (kinds.count("began"), kinds.count("ended")) == (1, 0)
    (ana,) = ended(sense.close())
    assert (ana.label, ana.person, ana.frames, ana.seconds) == ("ana", "id-ana", 40, 3.9)
    assert (ana.first_ns, ana.source, ana.distance, ana.confidence) == (BEGUN, "door", 0.3, None)


def test_labels_do_not_flicker() -> None:
    says = (["ana"] * 4 + ["budi"]) * 12
    seen = taken(Sense(), frames([[face(label)] for label in says]))
    assert [one.labels[0] for one in seen[4:]] == ["ana"] * (len(says) - 4)


def test_who_is_back_within_the_gap_has_not_left() -> None:
    for away_s, events in ((4.0, 1), (6.0, 2)):
        sense = Sense()
        here = [answer(place, [face("ana")]) for place in range(10)]
        back = [answer(100 + place, [face("ana", 0.7)], at_s=0.9 + away_s + place / 10) for place in range(10)]
        changes = [change for seen in taken(sense, here + back) for change in seen.changes]
        assert len(ended([*changes, *sense.close()])) == events


def test_a_camera_that_starts_anew_goes_on() -> None:
    sense = Sense()
    taken(sense, frames([[face("ana")]] * 10))
    later = [answer(place, [face("ana")], session="0000000b", at_s=2 + place / 10) for place in range(10)]
    taken(sense, later)
    (ana,) = ended(sense.close())
    assert (ana.frames, ana.session) == (20, "0000000a")


def test_unknown_is_kept_unknown_and_each_stranger_is_one() -> None:
    sense = Sense()
    seen = taken(sense, frames([[face(UNKNOWN, 0.1), face(UNKNOWN, 0.6)]] * 30))
    assert {label for one in seen for label in one.labels} == {UNKNOWN}
    strangers = ended(sense.close())
    assert [(one.label, one.person, one.frames) for one in strangers] == [(UNKNOWN, None, 30)] * 2
    assert {one.track for one in strangers} == {1, 2}


def test_the_time_that_the_vote_took_belongs_to_whom_it_found() -> None:
    sense = Sense()
    taken(sense, frames([[face(UNKNOWN)]] * 5 + [[face("ana")]] * 20))
    (ana,) = ended(sense.close())
    assert (ana.label, ana.first_ns, ana.frames) == ("ana", BEGUN, 25)


def test_a_stranger_who_becomes_known_much_later_was_a_stranger_until_then() -> None:
    sense = Sense()
    taken(sense, frames([[face(UNKNOWN)]] * 40 + [[face("ana")]] * 40))
    stranger, ana = sorted(ended(sense.close()), key=lambda one: one.first_ns)
    assert (stranger.label, ana.label) == (UNKNOWN, "ana")
    assert ana.first_ns > stranger.last_ns >= BEGUN + 4 * SECOND


def test_whom_the_vote_still_holds_has_been_seen_last_when_a_frame_said_so() -> None:
    sense = Sense()
    seen = taken(sense, frames([[face("ana")]] * 20 + [[face(UNKNOWN)]] * 2))
    assert seen[-1].labels == ("ana",)
    (ana,) = ended(sense.close())
    assert (ana.frames, ana.last_ns) == (20, BEGUN + 19 * SECOND // 10)


def test_a_glimpse_is_no_event() -> None:
    sense = Sense()
    seen = taken(sense, frames([[face("ana")], [face("ana")], *[[]] * 80]))
    assert not [change for one in seen for change in one.changes]
    assert sense.close() == ()


def test_what_the_picture_shows_is_one_thing_after_the_other() -> None:
    sense = Sense()
    seen = taken(sense, frames([[whole("good")]] * 20 + [[whole("cracked", 0.7)]] * 20))
    events = ended([*(change for one in seen for change in one.changes), *sense.close()])
    assert [one.label for one in events] == ["good", "cracked"]
    assert events[0].last_ns < events[1].first_ns
    assert (events[0].confidence, events[1].confidence) == (0.9, 0.7)


def test_photos_of_a_folder_are_each_for_themselves() -> None:
    sense = Sense(Rules.of(1), Patience(least_frames=1))
    seen = taken(sense, frames([[whole(label)] for label in ("good", "cracked", "good")]))
    assert [one.labels for one in seen] == [("good",), ("cracked",), ("good",)]
    events = ended([*(change for one in seen for change in one.changes), *sense.close()])
    assert [one.label for one in events] == ["good", "cracked", "good"]


def test_an_appearance_ends_though_the_camera_is_silent() -> None:
    sense = Sense()
    taken(sense, frames([[face("ana")]] * 10))
    assert sense.tick(BEGUN + 5 * SECOND)[1] == ()
    assert [one.label for one in sense.present("door")] == ["ana"]
    _, changes = sense.tick(BEGUN + 7 * SECOND)
    assert len(ended(changes)) == 1
    assert sense.present("door") == ()


def test_a_new_process_goes_on_with_the_event_of_the_one_before() -> None:
    first = Sense()
    taken(first, frames([[face("ana")]] * 10))
    second = Sense()
    second.resume("door", first.present("door"), BEGUN)
    taken(second, frames([[face("ana")]] * 10, first=20))
    (ana,) = ended(second.close())
    assert (ana.first_ns, ana.frames, ana.id) == (BEGUN, 20, first.present("door")[0].id)


def test_cameras_of_one_name_are_followed_apart_and_people_together() -> None:
    sense = Sense()
    answers = [answer(place, [face("ana", 0.1 if session[-1] == "a" else 0.7)], session=session)
               for place in range(20) for session in ("0000000a", "0000000b")]  # fmt: skip
    taken(sense, answers)
    assert len(ended(sense.close())) == 1


def test_errors_say_nothing_about_what_is_there() -> None:
    sense = Sense()
    seen = taken(sense, [answer(place, error="broken") for place in range(5)])
    assert [one.labels for one in seen] == [()] * 5
    assert sense.close() == ()


def test_no_number_of_names_fills_the_memory() -> None:
    sense = Sense()
    for number in range(300):
        sense.take(answer(0, [whole("good")], source=f"camera-{number}"), BEGUN)
    assert len(sense._sources) == 256
    sense.take(answer(0, [whole("good")], source="late"), BEGUN + 120 * SECOND)
    assert "late" in sense._sources


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from([UNKNOWN, "ana", "budi"]), max_size=3), max_size=60))
def test_times_and_frames_of_events_are_those_of_the_frames(labels: list[list[str]]) -> None:
    sense = Sense()
    answers = frames([[face(label, 0.05 + 0.3 * place) for place, label in enumerate(each)] for each in labels])
    changes = [*(change for seen in taken(sense, answers) for change in seen.changes), *sense.close()]
    begun = {change.appearance.id for change in changes if change.kind == "began"}
    events = ended(changes)
    assert len(events) == len({one.id for one in events}) == len(begun)
    times = {one.taken_ns for one in answers}
    for event in events:
        assert {event.first_ns, event.last_ns} <= times
        assert 1 <= event.frames <= len(answers)
        assert event.label == UNKNOWN or any(event.label in each for each in labels)


def test_several_workers_answer_in_the_order_of_the_frames() -> None:
    ordering = Ordering()
    at = count(BEGUN, SECOND // 20)
    said = [(0, "w1"), (2, "w2"), (1, "w1"), (4, "w1"), (3, "w2"), (5, "w2")]
    found = [one.stamp.sequence for sequence, worker in said for one in ordering.add(answer(sequence, worker=worker), next(at))]
    assert found == [0, 1, 2, 3, 4, 5]


def test_workers_of_one_name_are_several_from_the_first_frame_on() -> None:
    ordering = Ordering()
    found = [one.stamp.sequence for sequence in (2, 0, 1) for one in ordering.add(answer(sequence), BEGUN)]
    assert found == [0, 1, 2]


def test_with_one_worker_nothing_waits_for_what_was_dropped() -> None:
    ordering = Ordering()
    assert [len(ordering.add(answer(sequence), BEGUN, alone=True)) for sequence in (0, 7, 9)] == [1, 1, 1]
    assert ordering.add(answer(8), BEGUN, alone=True) == []
    assert ordering.late == 1


def test_where_one_frame_votes_late_answers_are_handed_out_too_and_at_the_end_those_that_wait() -> None:
    sense = Sense(Rules.of(1))
    sense.alone = True
    assert [len(sense.take(answer(sequence), BEGUN)) for sequence in (0, 7, 3)] == [1, 1, 1]
    sense.alone = False
    assert sense.take(answer(9), BEGUN) == ()
    assert [one.answer.stamp.sequence for one in sense.rest(BEGUN)] == [9]
    assert sense.rest(BEGUN) == ()


def test_with_several_workers_a_dropped_frame_is_waited_for_briefly() -> None:
    ordering = Ordering()
    ordering.add(answer(0, worker="w1"), BEGUN)
    ordering.add(answer(1, worker="w2"), BEGUN)
    assert ordering.add(answer(3, worker="w1"), BEGUN) == []
    assert [one.stamp.sequence for one in ordering.due(BEGUN + SECOND // 2)] == [3]


@pytest.mark.parametrize("wrong", [{"gap_s": 0.0}, {"least_frames": 0}])
def test_a_patience_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(KenaliError, match="an appearance needs"):
        Patience(**wrong)  # type: ignore[arg-type]
