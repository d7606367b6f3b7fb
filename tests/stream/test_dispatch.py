"""What a hub decides: policies, duplicates, deaths, twins, bounds; and that its counts reconcile whatever happens."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kenali.stream.cameras import OTHERS
from kenali.stream.dispatch import Room
from kenali.stream.values import ALL, LATEST, Fate, Policy, Quarantined
from tests.stream.hub_play import Play, frame, whole


def test_the_newest_frame_of_a_camera_wins() -> None:
    play = Play()
    for number in range(5):
        play.hub.frame(frame(number), b"link")
    play.join(b"a")
    assert play.numbers() == [4]
    assert play.told == [(b"link", number, "taken") for number in range(5)]
    play.answer()
    assert play.counts() == {"received": 5, "answered": 1, "dropped": 4}
    assert play.hub.held_bytes == play.hub.in_flight == 0


def test_an_older_frame_that_comes_late_does_not_displace_a_newer_one() -> None:
    play = Play()
    play.hub.frame(frame(7), b"link")
    play.hub.frame(frame(6), b"link")
    play.join(b"a")
    assert play.numbers() == [7]
    assert play.counts()["dropped"] == 1


def test_all_frames_are_answered_before_their_camera_is_told_so() -> None:
    play = Play()
    for number in range(5):
        play.hub.frame(whole(number), b"link")
    assert play.told == []
    play.join(b"a", wants=5)
    assert play.numbers() == [0, 1, 2, 3, 4]
    for at in (2, 0, 1, 3, 4):
        play.answer(at)
    assert play.told == [(b"link", number, "answered") for number in (2, 0, 1, 3, 4)]
    assert len(play.published) == 5


def test_one_in_three_is_looked_at() -> None:
    play = Play()
    play.join(b"a", wants=9)
    for number in range(9):
        play.hub.frame(frame(number, policy=Policy("every", 3)), b"link")
    assert play.numbers() == [0, 3, 6]
    assert play.counts() == {"received": 9, "skipped": 6}


def test_plain_senders_follow_the_hubs_policy() -> None:
    play = Play(Room(policy=ALL))
    play.hub.frame(frame(0, policy=None), b"link")
    assert play.told == []
    play.join(b"a")
    play.answer()
    assert play.told == [(b"link", None, "answered")]


def test_who_publishes_cannot_be_made_to_wait() -> None:
    play = Play()
    for number in range(3):
        play.hub.frame(whole(number), None)
    play.join(b"a")
    assert play.numbers() == [2]
    assert play.told == []


def test_cameras_take_turns() -> None:
    play = Play()
    for number in range(3):
        for source in ("a", "b", "c"):
            play.hub.frame(whole(number, source), b"link")
    play.join(b"w", wants=9)
    assert [handed.stamp.source for _, handed in play.handed] == ["a", "b", "c"] * 3


def test_who_has_wanted_a_frame_for_longest_gets_the_next() -> None:
    play = Play()
    play.join(b"a")
    play.join(b"b")
    for number in range(2):
        play.hub.frame(frame(number), b"link")
    assert [route for route, _ in play.handed] == [b"a", b"b"]


def test_a_frame_that_comes_again_is_answered_once() -> None:
    play = Play()
    play.hub.frame(whole(0), b"first link")
    play.hub.frame(whole(0), b"second link")
    play.join(b"a")
    assert play.numbers() == [0]
    play.answer()
    assert play.told == [(b"second link", 0, "answered")]
    play.hub.frame(whole(0), b"third link")
    assert play.told[1:] == [(b"third link", 0, "known")]
    assert len(play.published) == 1
    assert play.counts() == {"received": 1, "answered": 1, "duplicates": 2}


def test_frames_of_a_dead_worker_go_to_another() -> None:
    play = Play()
    play.join(b"a", wants=2)
    for number in range(3):
        play.hub.frame(whole(number), b"link")
    play.pass_s(4)
    play.join(b"b", wants=3)
    assert [(route, handed.stamp.sequence) for route, handed in play.handed[2:]] == [(b"b", 0), (b"b", 1), (b"b", 2)]
    assert "worker a is gone; 2" in play.warned[0]


def test_a_dead_workers_frame_yields_to_a_newer_one() -> None:
    play = Play()
    play.join(b"a")
    play.hub.frame(frame(0), b"link")
    play.hub.frame(frame(1), b"link")
    play.pass_s(4)
    play.join(b"b")
    assert play.numbers() == [0, 1]
    assert play.counts() == {"received": 2, "dropped": 1}


def test_a_dead_workers_frame_is_looked_at_where_no_newer_one_came() -> None:
    play = Play()
    play.join(b"a")
    play.hub.frame(frame(0), b"link")
    play.pass_s(4)
    play.join(b"b")
    assert play.numbers() == [0, 0]


def test_a_frame_that_five_workers_died_with_is_given_up() -> None:
    play = Play()
    play.hub.frame(whole(0), b"link")
    for route in (b"a", b"b", b"c", b"d", b"e", b"f"):
        play.join(route)
        play.hub.gone(route)
    assert play.numbers() == [0, 0, 0, 0, 0]
    assert play.told == [(b"link", 0, "lost")]
    assert play.published[0].error == "5 workers died with this frame"
    assert play.counts() == {"received": 1, "lost": 1}


def test_an_answer_counts_though_its_worker_was_taken_for_dead() -> None:
    play = Play()
    play.join(b"a")
    play.hub.frame(whole(0), b"link")
    play.pass_s(4)
    play.answer()
    assert play.asked == [b"a"]
    assert play.told == [(b"link", 0, "answered")]
    play.join(b"b")
    assert len(play.handed) == 1


def test_of_two_answers_to_a_frame_the_second_is_late() -> None:
    play = Play()
    play.join(b"a")
    play.hub.frame(whole(0), b"link")
    play.pass_s(4)
    play.join(b"b")
    play.answer(0)
    play.answer(1)
    assert play.counts() == {"received": 1, "answered": 1, "late": 1}
    assert len(play.published) == 1


def test_a_worker_that_comes_again_by_another_connection_starts_afresh() -> None:
    play = Play()
    play.join(b"a", wants=2)
    play.hub.frame(whole(0), b"link")
    play.hub.hello(b"new", "id of a", "a", "m")
    assert list(play.hub.workforce.by_route) == [b"new"]
    assert not play.hub.workforce.wanting
    play.hub.want(b"new")
    assert play.handed[-1][0] == b"new"


def test_a_worker_that_says_goodbye_leaves_its_frames_to_others() -> None:
    play = Play()
    play.join(b"a")
    play.hub.frame(whole(0), b"link")
    play.join(b"b")
    play.hub.bye(b"a")
    assert [route for route, _ in play.handed] == [b"a", b"b"]


def test_where_there_is_no_room_on_the_way_frame_and_worker_go_on_waiting() -> None:
    play = Play()
    play.clogged = {b"a"}
    play.join(b"a")
    for number in range(2):
        play.hub.frame(whole(number), b"link")
    assert play.handed == []
    play.join(b"b")
    assert [(route, handed.stamp.sequence) for route, handed in play.handed] == [(b"b", 0)]
    play.clogged.clear()
    play.hub.tick()
    assert [(route, handed.stamp.sequence) for route, handed in play.handed[1:]] == [(b"a", 1)]
    assert play.reconciles()


def test_a_frame_without_room_yields_to_a_newer_one() -> None:
    play = Play()
    play.clogged = {b"a"}
    play.join(b"a")
    for number in range(2):
        play.hub.frame(frame(number), b"link")
    play.clogged.clear()
    play.hub.tick()
    assert play.numbers() == [1]
    assert play.counts() == {"received": 2, "dropped": 1}


def test_a_stranger_is_asked_once_a_second_however_much_it_says() -> None:
    play = Play()
    for _ in range(5):
        play.hub.want(b"a")
    assert play.asked == [b"a"]
    play.now += 1
    play.hub.heard(b"a")
    assert play.asked == [b"a", b"a"]


def test_a_worker_that_keeps_a_frame_for_ever_loses_it() -> None:
    play = Play()
    play.join(b"a")
    play.hub.frame(whole(0), b"link")
    play.join(b"b")
    play.pass_s(160, b"a", b"b")
    assert [route for route, _ in play.handed] == [b"a", b"b"]


def test_nobody_is_taken_for_dead_because_the_hub_stood_still() -> None:
    play = Play()
    play.join(b"a")
    play.now += 60
    play.hub.tick()
    assert list(play.hub.workforce.by_route) == [b"a"]


def test_broken_pictures_are_counted_and_their_camera_is_told() -> None:
    play = Play()
    play.join(b"a")
    play.hub.frame(whole(0), b"link")
    play.answer(fate=Fate.QUARANTINED)
    assert play.told == [(b"link", 0, "quarantined")]
    play.hub.quarantine(Quarantined("bad-header", "no JSON"), b"link")
    play.hub.quarantine(Quarantined("dtype", "floats", "gate"), b"link")
    assert play.told[1:] == [(b"link", None, "quarantined")] * 2
    assert play.counts() == {"received": 2, "quarantined": 2}
    assert play.counts(OTHERS) == {"received": 1, "quarantined": 1}


def test_two_cameras_of_one_name_are_told_apart_and_reported_once() -> None:
    play = Play()
    for number in range(20):
        for session in ("aaaaaaaa", "bbbbbbbb"):
            play.hub.frame(frame(number, session=session), b"link")
        play.pass_s(0.5)
    assert play.warned == ["two cameras call themselves 'gate' (sessions aaaaaaaa and bbbbbbbb): rename one"]
    assert play.counts()["received"] == 40


def test_a_restarted_camera_is_no_twin() -> None:
    play = Play()
    for session in ("aaaaaaaa", "bbbbbbbb"):
        for number in range(20):
            play.hub.frame(frame(number, session=session), b"link")
            play.pass_s(0.5)
    assert play.warned == []


def test_the_offset_of_a_cameras_clock_is_the_least_difference_of_late() -> None:
    play = Play()
    for number, difference in enumerate((5_000_000, 3_000_000, 9_000_000)):
        play.hub.frame(frame(number, captured_ns=play.wall_ns - difference), b"link")
    camera = next(iter(play.hub.cameras))
    assert camera.offset.value == 3_000_000
    for number in range(90):
        play.pass_s(1)
        play.hub.frame(frame(3 + number, captured_ns=play.wall_ns - 8_000_000), b"link")
    assert camera.offset.value == 8_000_000


def test_memory_is_bounded_in_cameras_and_bytes() -> None:
    play = Play(Room(cameras=3, held_bytes=450))
    for number, source in enumerate("abcde"):
        play.hub.frame(whole(number, source), b"link")
    assert play.told == [(b"link", 3, "quarantined"), (b"link", 4, "quarantined")]
    play.hub.frame(whole(9, "a"), b"link")
    play.hub.frame(whole(10, "a"), b"link")
    assert play.hub.held_bytes == 400
    assert play.counts("a") == {"received": 2, "refused": 1}
    assert play.told[2:] == [(b"link", 10, "refused")]  # the camera keeps it, and sends it again
    play.hub.frame(frame(11, "b"), b"link")
    assert play.told[-1] == (b"link", 11, "refused")


def test_a_camera_that_ignores_its_credits_is_refused() -> None:
    play = Play()
    for number in range(100):
        play.hub.frame(whole(number), b"link")
    assert play.counts() == {"received": 64, "refused": 36}


def test_silent_cameras_are_forgotten_but_not_what_was_counted() -> None:
    play = Play(Room(cameras=2))
    for source in "abcdef":
        play.hub.frame(frame(0, source), b"link")
        play.join(b"w")
        play.answer()
        play.pass_s(70, b"w")
    assert len(play.hub.cameras.sources) <= 3 + 1
    total = sum(source.counts.answered for source in play.hub.cameras.sources.values())
    assert total == 6


class Everything(RuleBasedStateMachine):
    """Cameras, workers and time in any order: each frame gets one fate, each word to a camera is sent once."""

    def __init__(self) -> None:
        super().__init__()
        self.play = Play(Room(cameras=4, held_bytes=2000, policy=LATEST))
        self.numbers: dict[tuple[str, str], int] = {}

    @rule(
        source=st.sampled_from("ab"),
        session=st.sampled_from(["aaaaaaaa", "bbbbbbbb", "cccccccc"]),
        policy=st.sampled_from([None, LATEST, ALL, Policy("every", 3)]),
        again=st.integers(0, 3),
        link=st.sampled_from([None, b"one", b"two"]),
    )
    def send(self, source: str, session: str, policy: Policy | None, again: int, link: bytes | None) -> None:
        number = self.numbers.get((source, session), 0)
        self.numbers[source, session] = number + 1
        self.play.hub.frame(frame(max(0, number - again), source, session, policy), link)

    @rule(route=st.sampled_from([b"v", b"w", b"x"]), wants=st.integers(0, 3))
    def join(self, route: bytes, wants: int) -> None:
        self.play.join(route, wants)

    @rule(route=st.sampled_from([b"v", b"w", b"x"]))
    def want(self, route: bytes) -> None:
        self.play.hub.want(route)

    @rule(clogged=st.sets(st.sampled_from([b"v", b"w", b"x"])))
    def clog(self, clogged: set[bytes]) -> None:
        self.play.clogged = clogged

    @rule(route=st.sampled_from([b"v", b"w", b"x"]))
    def leave(self, route: bytes) -> None:
        self.play.hub.bye(route)

    @rule(at=st.integers(0, 5), fate=st.sampled_from([Fate.ANSWERED, Fate.QUARANTINED, Fate.LOST]))
    def answer(self, at: int, fate: Fate) -> None:
        if len(self.play.handed) > at:
            self.play.answer(-1 - at, fate)

    @rule(seconds=st.sampled_from([0.1, 1.0, 4.0, 61.0, 601.0]))
    def wait(self, seconds: float) -> None:
        self.play.pass_s(seconds)

    @rule()
    def break_something(self) -> None:
        self.play.hub.quarantine(Quarantined("dtype", "floats", "a"), b"link")

    @invariant()
    def counts_reconcile(self) -> None:
        assert self.play.reconciles()

    @invariant()
    def memory_is_what_is_in_flight(self) -> None:
        assert self.play.hub.held_bytes == 100 * self.play.hub.in_flight <= 2000

    @invariant()
    def every_answer_is_published_once(self) -> None:
        published = [(one.stamp.source, one.stamp.session, one.stamp.sequence) for one in self.play.published]
        if self.play.now < 160:  # a session may be forgotten after a minute of silence, and begins anew
            assert len(published) == len(set(published))


Everything.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestEverything = Everything.TestCase
