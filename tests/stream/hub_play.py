"""A dispatcher with a clock that stands still until told, and an outbox that remembers."""

from __future__ import annotations

from dataclasses import dataclass, field

from kenali.stream.cameras import Job
from kenali.stream.dispatch import Dispatcher, Room
from kenali.stream.values import ALL, LATEST, Answer, Fate, Frame, Policy, Sighting, Stamp

SESSION = "0123abcd"


def frame(
    number: int, source: str = "gate", session: str = SESSION, policy: Policy | None = LATEST, captured_ns: int = 0
) -> Frame:
    return Frame(Stamp(source, session, number, captured_ns), b"\xff" * 100, (4, 5), policy=policy)


def whole(number: int, source: str = "gate", session: str = SESSION) -> Frame:
    return frame(number, source, session, ALL)


def seen(frame: Frame, label: str = "cat") -> Answer:
    return Answer(frame.stamp, "w", "m", (Sighting(label),), 0, 0, frame.size[1], frame.size[0])


@dataclass
class Play:
    """`told` are words to cameras (link, number, fate), `handed` (route, frame), `published` answers.

    On the way to the workers in `clogged` there is no room.
    """

    room: Room = field(default_factory=Room)
    now: float = 100.0
    wall_ns: int = 1_000_000_000_000
    told: list[tuple[object, int | None, str]] = field(default_factory=list)
    handed: list[tuple[bytes, Frame]] = field(default_factory=list)
    published: list[Answer] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    clogged: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.hub = Dispatcher(self.room, self, lambda: self.now, lambda: self.wall_ns)

    def acknowledge(self, link: object, stamp: Stamp | None, fate: str) -> None:
        self.told.append((link, stamp.sequence if stamp else None, fate))

    def hand(self, route: bytes, job: Job, waited_s: float) -> bool:
        assert waited_s >= 0
        if route in self.clogged:
            return False
        self.handed.append((route, job.frame))
        return True

    def publish(self, answer: Answer, frame: Frame, picture: bytes | None) -> None:
        assert answer.stamp == frame.stamp
        self.published.append(answer)

    def ask(self, route: bytes) -> None:
        self.asked.append(route)

    def warn(self, sentence: str) -> None:
        self.warned.append(sentence)

    def pass_s(self, seconds: float, *alive: bytes) -> None:
        """Let time pass, a second at a time, in which the workers `alive` give signs of life."""
        end = self.now + seconds
        while self.now < end:
            step = min(1.0, end - self.now)
            self.now += step
            self.wall_ns += int(step * 1e9)
            for route in alive:
                self.hub.heard(route)
            self.hub.tick()

    def join(self, route: bytes, wants: int = 1) -> None:
        self.hub.hello(route, f"id of {route.decode()}", route.decode(), "m")
        for _ in range(wants):
            self.hub.want(route)

    def answer(self, at: int = -1, fate: Fate = Fate.ANSWERED) -> None:
        """The worker answers the frame that was handed out `at`."""
        route, handed = self.handed[at]
        self.hub.answer(route, seen(handed), fate, None)

    def numbers(self) -> list[int]:
        return [handed.stamp.sequence for _, handed in self.handed]

    def reconciles(self) -> bool:
        sources = self.hub.cameras.sources.values()
        flying = {source.name: sum(camera.open for camera in source.sessions.values()) for source in sources}
        return (
            all(source.counts.in_flight == flying[source.name] for source in sources)
            and sum(flying.values()) == self.hub.in_flight
        )

    def counts(self, source: str = "gate") -> dict[str, int]:
        """What is counted of a source, without zeros."""
        counts = self.hub.cameras.sources[source].counts
        return {name: getattr(counts, name) for name in counts.__slots__ if getattr(counts, name)}
