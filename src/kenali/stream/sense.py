"""From answers frame by frame to what is there: ordered, followed, voted on, and told of once an appearance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kenali.stream.appearances import Appearance, Appearances, Change, Patience, Voted
from kenali.stream.ordering import Ordering
from kenali.stream.tracks import Tracker
from kenali.stream.values import Answer
from kenali.stream.votes import Rules

_MOST_SOURCES = 256
_MOST_SESSIONS = 16
_MOST_SIGHTINGS = 64
_IDLE_NS = 60 * 10**9
_PAUSE_NS = 2 * 10**9  # after which nothing need be where it was


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer in its turn: its sightings have tracks, and `voted` says what each is.

    `changes` of appearances follow from it.
    """

    answer: Answer
    voted: tuple[Voted, ...]
    changes: tuple[Change, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What each sighting is called by vote."""
        return tuple(one.label for one in self.voted)


@dataclass(slots=True)
class _Session:
    """One run of a camera."""

    tracker: Tracker
    ordering: Ordering
    last_ns: int = 0


@dataclass(slots=True)
class _Source:
    appearances: Appearances
    sessions: dict[str, _Session] = field(default_factory=dict)
    last_ns: int = 0


class Sense:
    """What is before each camera, from the answers of a hub. Bounded in memory; not safe for several threads.

    `now_ns` is the hub's time, or this machine's where they are the same: nanoseconds since 1970. `alone` is to be kept true to
    whether the hub has one worker, whose answers come in order. Where one frame votes, no answer is left out, however late.
    """

    def __init__(self, rules: Rules | None = None, patience: Patience | None = None) -> None:
        """Raises MissingExtra where what follows things is not installed."""
        Tracker()  # loads what it needs now, and not when the first answer waits
        self.rules = rules or Rules()
        self.patience = patience or Patience()
        self.alone = False
        self._sources: dict[str, _Source] = {}

    def take(self, answer: Answer, now_ns: int) -> tuple[Seen, ...]:
        """Takes an answer as it comes; the answers whose turn it is now."""
        source = self._source(answer.stamp.source, now_ns)
        if source is None:
            return ()
        session = self._session(source, answer.stamp.session, now_ns)
        return tuple(self._seen(source, session, each) for each in session.ordering.add(answer, now_ns, self.alone))

    def tick(self, now_ns: int) -> tuple[tuple[Seen, ...], tuple[Change, ...]]:
        """What is due though nothing came: answers that waited for others, and appearances that have ended.

        Call it each second.
        """
        due = self._due(now_ns, self.alone)
        ended = tuple(change for source in self._sources.values() for change in source.appearances.end(now_ns))
        return due, ended

    def rest(self, now_ns: int) -> tuple[Seen, ...]:
        """The answers that still wait for others, where no more will come."""
        return self._due(now_ns, alone=True)

    def close(self) -> tuple[Change, ...]:
        """End everything."""
        return tuple(change for source in self._sources.values() for change in source.appearances.close())

    def _due(self, now_ns: int, alone: bool) -> tuple[Seen, ...]:
        return tuple(
            self._seen(source, session, answer)
            for source in self._sources.values()
            for session in source.sessions.values()
            for answer in session.ordering.due(now_ns, alone)
        )

    def present(self, source: str) -> tuple[Appearance, ...]:
        """What is before a camera now, the latest first."""
        found = self._sources.get(source)
        return found.appearances.present if found else ()

    def late(self, source: str) -> int:
        """Answers that came too late to be put in order."""
        found = self._sources.get(source)
        return sum(session.ordering.late for session in found.sessions.values()) if found else 0

    def resume(self, source: str, earlier: Iterable[Appearance], now_ns: int) -> None:
        """See `Appearances.resume`."""
        found = self._source(source, now_ns)
        if found:
            found.appearances.resume(earlier)

    def _seen(self, source: _Source, session: _Session, answer: Answer) -> Seen:
        if answer.taken_ns - session.last_ns > _PAUSE_NS:
            session.tracker.forget()
        session.last_ns = answer.taken_ns
        followed = replace(answer, sightings=session.tracker.follow(answer.sightings[:_MOST_SIGHTINGS]))
        return Seen(followed, *source.appearances.see(answer.stamp, answer.model, followed.sightings, answer.taken_ns))

    def _source(self, name: str, now_ns: int) -> _Source | None:
        """The camera of this name; None for one too many, as long as the others send."""
        found = self._sources.get(name)
        if found is None:
            if len(self._sources) >= _MOST_SOURCES:
                idle = min(self._sources, key=lambda one: self._sources[one].last_ns)
                if now_ns - self._sources[idle].last_ns < _IDLE_NS:
                    return None
                del self._sources[idle]
            found = self._sources[name] = _Source(Appearances(name, self.rules, self.patience))
        found.last_ns = now_ns
        return found

    def _session(self, source: _Source, session: str, now_ns: int) -> _Session:
        found = source.sessions.get(session)
        if found is None:
            if len(source.sessions) >= _MOST_SESSIONS:
                del source.sessions[min(source.sessions, key=lambda one: source.sessions[one].last_ns)]
            found = source.sessions[session] = _Session(Tracker(), Ordering(however_late=self.rules.window == 1))
        return found
