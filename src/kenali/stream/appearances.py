"""Who or what was there from when to when: one event an appearance, however many frames it was seen in."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from kenali.doubt import UNKNOWN
from kenali.errors import KenaliError
from kenali.stream.tracks import SCENE
from kenali.stream.values import Sighting, Stamp
from kenali.stream.votes import Rules, Votes

_SECOND = 10**9
_MOST_OPEN = 1000  # appearances of one camera that are open at a time


@dataclass(frozen=True, slots=True)
class Appearance:
    """Something that a camera saw, from its first to its last frame (nanoseconds since 1970, by the hub's clock).

    `label` is a class, a person's name or `unknown`; `person` the id of an enrolled one. `confidence` is the best and
    `distance` the least of its frames, None where the model has none. `track` is that in which it was first seen.
    """

    id: str
    source: str
    session: str
    track: int
    label: str
    person: str | None
    model: str
    first_ns: int
    last_ns: int
    frames: int
    confidence: float | None = None
    distance: float | None = None

    @property
    def seconds(self) -> float:
        """How long it was there."""
        return (self.last_ns - self.first_ns) / _SECOND

    def seen(self, sighting: Sighting, at_ns: int) -> Appearance:
        """The appearance with one more frame."""
        return replace(
            self,
            last_ns=max(self.last_ns, at_ns),
            frames=self.frames + (at_ns > self.last_ns or not self.frames),  # one frame, however often the label is in it
            confidence=_most(self.confidence, sighting.confidence),
            distance=_least(self.distance, sighting.distance),
        )

    def joined(self, other: Appearance) -> Appearance:
        """Both as one: this one's identity, and the time of both; frames that may have been the same are not counted twice."""
        apart = self.last_ns < other.first_ns or other.last_ns < self.first_ns
        return replace(
            self,
            first_ns=min(self.first_ns, other.first_ns),
            last_ns=max(self.last_ns, other.last_ns),
            frames=self.frames + other.frames if apart else max(self.frames, other.frames),
            confidence=_most(self.confidence, other.confidence),
            distance=_least(self.distance, other.distance),
        )


@dataclass(frozen=True, slots=True)
class Voted:
    """What a sighting is by the vote of the last frames: `person` is the id where that is an enrolled person's name."""

    label: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an appearance: it `began`, goes `on`, or has `ended`."""

    kind: Literal["began", "on", "ended"]
    appearance: Appearance


@dataclass(frozen=True, slots=True)
class Patience:
    """How long something may be out of sight and be the same appearance, and how many frames make one to tell of."""

    gap_s: float = 5.0
    least_frames: int = 3

    def __post_init__(self) -> None:
        if self.gap_s <= 0 or self.least_frames < 1:
            raise KenaliError(
                f"an appearance needs a gap above 0 s and 1 frame or more, got {self.gap_s} and {self.least_frames}"
            )


Key = tuple[str, ...]


@dataclass(slots=True)
class _Track:
    votes: Votes
    key: Key | None = None
    last_ns: int = 0
    persons: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    appearance: Appearance
    told: bool = False


class Appearances:
    """The appearances before one camera, from the sightings of its frames in their order. Not safe for several threads.

    A name or a class has one appearance at a time, whichever tracks it is seen in: whoever leaves the picture and is back
    within the gap has not left, and a camera that was started anew goes on. Of unknown things each track is its own, since
    nobody can say whether two of them are one. While a track's vote is young, unknown only means that it has not been
    decided; what it is found to be then began with the track.
    """

    def __init__(self, source: str, rules: Rules | None = None, patience: Patience | None = None) -> None:
        self.source = source
        self.rules = rules or Rules()
        self.patience = patience or Patience()
        self._tracks: dict[tuple[str, int], _Track] = {}
        self._open: dict[Key, _Open] = {}

    @property
    def present(self) -> tuple[Appearance, ...]:
        """What has been told of and has not ended, the latest first."""
        told = [one.appearance for one in self._open.values() if one.told]
        return tuple(sorted(told, key=lambda one: -one.first_ns))

    def resume(self, earlier: Iterable[Appearance]) -> None:
        """Go on with what an earlier process has told of, so that one appearance stays one event."""
        for one in earlier:
            if one.label != UNKNOWN or one.person:
                self._open[_named(one.label, one.person)] = _Open(one, told=True)

    def see(
        self, stamp: Stamp, model: str, sightings: Sequence[Sighting], at_ns: int
    ) -> tuple[tuple[Voted, ...], tuple[Change, ...]]:
        """Takes a frame's sightings with their tracks: what each is by the vote, and what has changed.

        Of what has no box only the first counts: it is what the picture shows.
        """
        changes = list(self.end(at_ns))
        found = []
        voted: set[int] = set()
        for sighting in sightings:
            number = sighting.track or SCENE
            track = self._tracks.setdefault((stamp.session, number), _Track(Votes(self.rules)))
            if number not in voted:
                voted.add(number)
                changes += self._seen(track, stamp, number, model, sighting, at_ns)
            label = track.votes.label
            found.append(Voted(label, track.persons.get(label)))
        return tuple(found), tuple(changes)

    def end(self, now_ns: int) -> tuple[Change, ...]:
        """End what has not been seen for longer than the gap."""
        before = now_ns - round(self.patience.gap_s * _SECOND)
        self._tracks = {key: track for key, track in self._tracks.items() if track.last_ns >= before}
        return tuple(
            change for key, one in list(self._open.items()) if one.appearance.last_ns < before for change in self._close(key)
        )

    def close(self) -> tuple[Change, ...]:
        """End everything."""
        return tuple(change for key in list(self._open) for change in self._close(key))

    def _seen(self, track: _Track, stamp: Stamp, number: int, model: str, sighting: Sighting, at_ns: int) -> Iterable[Change]:
        label = track.votes.cast(sighting.label)
        track.last_ns = at_ns
        if sighting.person:
            track.persons[sighting.label] = sighting.person
        person = track.persons.get(label)
        key = (stamp.session, str(number)) if label == UNKNOWN else _named(label, person)
        if key != track.key:
            yield from self._turned(track, key, label, person, number)
        if key not in self._open:
            if len(self._open) >= _MOST_OPEN:
                return
            begun = Appearance(secrets.token_hex(8), self.source, stamp.session, number, label, person, model, at_ns, at_ns, 0)
            self._open[key] = _Open(begun)
        held = self._open[key]
        held.appearance = replace(held.appearance, label=label)  # of a resumed one the name is new
        if sighting.label != label and label != UNKNOWN:
            return  # who is not seen in this frame may have gone
        held.appearance = held.appearance.seen(sighting if sighting.label == label else Sighting(label), at_ns)
        if held.told:
            yield Change("on", held.appearance)
        elif held.appearance.frames >= self._enough(label):
            held.told = True
            yield Change("began", held.appearance)

    def _turned(self, track: _Track, key: Key, label: str, person: str | None, number: int) -> Iterable[Change]:
        """A track's vote has changed, so it belongs to another appearance from here on."""
        earlier = self._open.get(track.key) if track.key else None
        if earlier and track.key and earlier.appearance.label == UNKNOWN and not earlier.told:
            del self._open[track.key]  # it was not unknown, it was undecided
            named = replace(earlier.appearance, label=label, person=person)
            present = self._open.get(key)
            if present:
                present.appearance = present.appearance.joined(named)
            else:
                self._open[key] = _Open(named)
        elif number == SCENE and track.key:
            yield from self._close(track.key)  # a picture shows one thing at a time
        track.key = key

    def _enough(self, label: str) -> int:
        """In how many frames something must have been seen to be told of; what is unknown may be undecided at first."""
        return max(self.patience.least_frames, self.rules.window if label == UNKNOWN else 1)

    def _close(self, key: Key) -> Iterable[Change]:
        """What was too short to be told of ends silently; a stranger who left before the vote was over is told of now."""
        held = self._open.pop(key, None)
        if held is None:
            return
        if held.told or held.appearance.frames >= self.patience.least_frames:
            if not held.told:
                yield Change("began", held.appearance)
            yield Change("ended", held.appearance)


def _named(label: str, person: str | None) -> Key:
    return ("person", person) if person else ("label", label)


def _most(*values: float | None) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _least(*values: float | None) -> float | None:
    return min((value for value in values if value is not None), default=None)
