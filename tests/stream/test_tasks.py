"""What hub and workers say to each other, and that neither believes nonsense."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kenali.stream.tasks import (
    BEAT,
    WANT,
    Done,
    Hello,
    Task,
    pack_done,
    pack_hello,
    pack_task,
    parse_from_hub,
    parse_from_worker,
)
from kenali.stream.values import Answer, Fate, Sighting, Stamp
from tests.stream.hub_play import frame as drawn
from tests.stream.hub_play import whole

ANSWER = Answer(Stamp("gate", "0123abcd", 3, 5), "w", "m", (Sighting("cat", confidence=0.5, box=(0, 0, 1, 1)),), 0, 0, 4, 5)


def test_words_come_back_as_they_were() -> None:
    hello = Hello("1", "w", "m")
    assert parse_from_worker(pack_hello(hello)) == hello
    for fate in (Fate.ANSWERED, Fate.QUARANTINED, Fate.LOST):
        assert parse_from_worker(pack_done(Done(ANSWER, fate))) == Done(ANSWER, fate)
        assert parse_from_worker(pack_done(Done(ANSWER, fate, b"jpeg"))) == Done(ANSWER, fate, b"jpeg")
    assert parse_from_worker([WANT]) == WANT
    assert parse_from_hub([BEAT]) == BEAT


def test_a_task_holds_its_frame() -> None:
    frame = whole(3)
    task = parse_from_hub(pack_task(frame, 0.25, patient=True, wants_picture=True))
    assert isinstance(task, Task)
    assert (task.waited_s, task.patient, task.wants_picture) == (0.25, True, True)
    assert task.parts[1] == frame.data


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40), st.sampled_from([b"hello", b"answer", b"frame", b"{}", b"[]", b'{"waited_s": "x"}', b"1"])
        ),
        max_size=5,
    )
)
def test_nonsense_is_nothing(parts: list[bytes]) -> None:
    assert not isinstance(parse_from_worker(parts), (Hello, Done))
    assert not isinstance(parse_from_hub(parts), Task)


def test_numbers_beyond_all_bounds_are_no_answer() -> None:
    """JSON knows whole numbers that no float can hold."""
    stamp = Stamp("gate", "0123abcd", 3, 7)
    sent = pack_done(Done(Answer(stamp, "w", "m", (Sighting("cat", confidence=0.5),), 1, 2, 4, 5), Fate.ANSWERED, None))
    huge = [part.replace(b"0.5", b"1" + 400 * b"0") for part in sent]
    assert huge != sent
    assert parse_from_worker(huge) is None
    task = pack_task(drawn(3), 0.25, patient=True, wants_picture=True)
    assert parse_from_hub([part.replace(b"0.25", b"1" + 400 * b"0") for part in task]) is None
