"""Following: numbers stay with what they were given to."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kenali.stream.tracks import SCENE, Tracker
from kenali.stream.values import Sighting
from tests.stream.answers import Box, face


def test_two_that_cross_the_picture_keep_their_numbers() -> None:
    tracker = Tracker()
    for step in range(12):  # until they meet
        left, right = tracker.follow([face("ana", 0.1 + step / 100), face("budi", 0.6 - step / 100)][:: 1 if step % 2 else -1])
        by_label = {one.label: one.track for one in (left, right)}
        if step == 0:
            first = by_label
        assert by_label == first
    assert sorted(first.values(), key=str) == [1, 2]


def test_someone_who_is_hidden_for_a_moment_is_the_same() -> None:
    tracker = Tracker()
    for _ in range(10):
        (before,) = tracker.follow([face("ana")])
    for _ in range(8):
        assert tracker.follow([]) == ()
    (after,) = tracker.follow([face("ana")])
    assert after.track == before.track
    for _ in range(20):
        tracker.follow([])
    (later,) = tracker.follow([face("ana")])
    assert later.track != before.track


def test_after_a_cut_of_the_film_another_face_is_another() -> None:
    tracker = Tracker()
    for _ in range(10):
        (singer,) = tracker.follow([face("ana", 0.1)])
    (listener,) = tracker.follow([face("unknown", 0.18)])
    assert listener.track != singer.track
    (again,) = tracker.follow([face("ana", 0.12)])
    assert again.track == singer.track


def test_a_face_that_is_not_recognised_for_a_frame_is_followed() -> None:
    tracker = Tracker()
    tracks = {tracker.follow([face(label, 0.1 + step / 100)])[0].track for step, label in enumerate(["ana", "unknown"] * 10)}
    assert tracks == {1}


def test_after_a_pause_numbers_are_new() -> None:
    tracker = Tracker()
    (one,) = tracker.follow([face("ana")])
    tracker.forget()
    (other,) = tracker.follow([face("ana")])
    assert (one.track, other.track) == (1, 2)


def test_the_whole_picture_is_a_track_of_its_own() -> None:
    scene, boxed = Tracker().follow([Sighting("crack"), face("ana")])
    assert (scene.track, boxed.track) == (SCENE, 1)


NUMBER = st.floats(-1e12, 1e12, allow_nan=False)


@settings(deadline=None)
@given(st.lists(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER), max_size=8), st.integers(1, 4))
def test_any_boxes_get_numbers_of_their_own(boxes: list[Box], frames: int) -> None:
    tracker = Tracker()
    for _ in range(frames):
        tracks = [one.track for one in tracker.follow([Sighting("x", box=box) for box in boxes])]
        assert len(set(tracks)) == len(boxes)
        assert SCENE not in tracks
