"""The cameras that a hub knows: what waits of each, what was counted of each, and how its clock differs from the hub's.

Nothing here waits or sends; memory is bounded by the number of cameras and by what their policies let wait.
"""

from __future__ import annotations

import bisect
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from kenali.stream.values import Fate, Frame, Policy, Stamp

OTHERS = "#others"
"""Counts of messages that named no source, and of sources that were forgotten. No camera can have this name."""

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the times that answers took."""

_REMEMBERED = 1024
_IDLE_S, _FORGOTTEN_S = 60.0, 600.0
_TWIN_S = 2.0
_SKEW_WINDOW_S = 30.0


@dataclass(slots=True, eq=False)
class Job:
    """A frame that has no fate yet.

    `link` is where a word on it is owed, None where nobody waits for one. `taken_ns` is the hub's wall clock, `since` its
    monotonic one in seconds, as is `handed`. `worker` is the route of who has it, `attempts` how many workers died with it.
    """

    frame: Frame
    policy: Policy
    link: object | None
    taken_ns: int
    since: float
    attempts: int = 0
    worker: bytes | None = None
    handed: float = 0.0

    @property
    def key(self) -> Key:
        return key_of(self.frame.stamp)


Key = tuple[str, str, int]


def key_of(stamp: Stamp) -> Key:
    """What tells a frame from all others."""
    return stamp.source, stamp.session, stamp.sequence


@dataclass(slots=True)
class Counts:
    """received = answered + dropped + skipped + quarantined + lost + those in flight, at any time.

    `duplicates` were sent again and `refused` found no room; the camera still has these, and neither counts as received.
    `late` answers came when the frame had its fate already.
    """

    received: int = 0
    answered: int = 0
    dropped: int = 0
    skipped: int = 0
    quarantined: int = 0
    lost: int = 0
    duplicates: int = 0
    refused: int = 0
    late: int = 0

    def settle(self, fate: Fate) -> None:
        setattr(self, fate.value, getattr(self, fate.value) + 1)

    def add(self, other: Counts) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def in_flight(self) -> int:
        return self.received - self.answered - self.dropped - self.skipped - self.quarantined - self.lost


class Times:
    """How long answers took: a histogram for ever, and the last 256 for quantiles."""

    def __init__(self) -> None:
        self.buckets = [0] * (len(BUCKETS_S) + 1)
        self.total_s = 0.0
        self._recent: deque[float] = deque(maxlen=256)

    def add(self, seconds: float) -> None:
        self.buckets[bisect.bisect_left(BUCKETS_S, seconds)] += 1
        self.total_s += seconds
        self._recent.append(seconds)

    def quantile(self, share: float) -> float | None:
        """Of the last 256; None before the first."""
        ordered = sorted(self._recent)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


class Least:
    """The least of what came in the last 30 to 60 seconds, in two numbers."""

    def __init__(self) -> None:
        self._earlier: int | None = None
        self._now: int | None = None
        self._until = 0.0

    def add(self, value: int, now: float) -> None:
        if now >= self._until:
            self._earlier, self._now, self._until = self._now, None, now + _SKEW_WINDOW_S
        self._now = value if self._now is None else min(self._now, value)

    @property
    def value(self) -> int | None:
        known = [value for value in (self._earlier, self._now) if value is not None]
        return min(known, default=None)


@dataclass(slots=True, eq=False)
class Camera:
    """One session of one source.

    `offset` is the least difference between the hub's clock when it took a frame and the camera's when it captured it, in
    nanoseconds: their clocks' difference plus the quickest way there.
    """

    source: str
    session: str
    begun: float
    heard: float
    stamped: bool
    policy: Policy
    waiting: deque[Job] = field(default_factory=deque)
    listed: bool = False
    open: int = 0
    offset: Least = field(default_factory=Least)
    _newest: int = -1
    _seen: set[int] = field(default_factory=set)

    def knows(self, sequence: int) -> bool:
        """Whether this frame came before. What lies 1024 behind the newest counts as known: no camera has so many under way."""
        return sequence in self._seen or sequence <= self._newest - _REMEMBERED

    def note(self, sequence: int) -> None:
        self._seen.add(sequence)
        self._newest = max(self._newest, sequence)
        if len(self._seen) > 2 * _REMEMBERED:
            self._seen = {one for one in self._seen if one > self._newest - _REMEMBERED}

    def put(self, job: Job) -> Job | None:
        """Let a frame wait; which one it displaces, perhaps itself: unless all are wanted, only the newest waits."""
        if job.policy.kind == "all":
            self.waiting.append(job)
            return None
        other = next((one for one in self.waiting if one.policy.kind != "all"), None)
        if other is None:
            self.waiting.append(job)
            return None
        if other.frame.stamp.sequence > job.frame.stamp.sequence:
            return job
        self.waiting[self.waiting.index(other)] = job
        return other

    def put_back(self, job: Job) -> Job | None:
        """Let a frame that a worker had wait again, before all others; which one it displaces, perhaps itself."""
        if job.policy.kind == "all":
            self.waiting.appendleft(job)
            return None
        return self.put(job)


@dataclass(slots=True, eq=False)
class Source:
    """All sessions of one name, and what was counted of them. `twins` says that two of them speak at once."""

    name: str
    sessions: dict[str, Camera] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    times: Times = field(default_factory=Times)
    warned: set[tuple[str, str]] = field(default_factory=set)
    twins_until: float = 0.0

    def twins(self, camera: Camera, now: float) -> Camera | None:
        """Another session of this name that began after `camera` did and still both speak; None for a mere restart."""
        for other in self.sessions.values():
            if other is not camera and other.begun >= camera.begun and now - other.begun > _TWIN_S > now - other.heard:
                return other
        return None


class Cameras:
    """The cameras, and whose frame is next: they take turns. `reasons` counts why messages were quarantined."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.sources: dict[str, Source] = {OTHERS: Source(OTHERS)}
        self.reasons: Counter[str] = Counter()
        self._turns: deque[Camera] = deque()

    def __iter__(self) -> Iterator[Camera]:
        return (camera for source in self.sources.values() for camera in source.sessions.values())

    def of(self, stamp: Stamp, policy: Policy, stamped: bool, now: float) -> Camera | None:
        """The camera of a frame, known or new; None where there are too many already."""
        source = self.sources.get(stamp.source)
        camera = source.sessions.get(stamp.session) if source else None
        if camera is None:
            if sum(len(one.sessions) for one in self.sources.values()) >= self._most and not self._forget_idle(now):
                return None
            source = self.source(stamp.source, now)
            if source is None:
                return None
            camera = source.sessions[stamp.session] = Camera(stamp.source, stamp.session, now, now, stamped, policy)
        return camera

    def source(self, name: str | None, now: float) -> Source | None:
        """The source of this name, known or new; None where there are too many. Without a name: that of all the others."""
        if name is None:
            return self.sources[OTHERS]
        if name not in self.sources:
            if len(self.sources) > self._most and not self._forget_silent():
                return None
            self.sources[name] = Source(name)
        return self.sources[name]

    def wait(self, job: Job, camera: Camera, again: bool = False) -> Job | None:
        """Let a frame wait for its turn; which one it displaces."""
        displaced = camera.put_back(job) if again else camera.put(job)
        if camera.waiting and not camera.listed:
            camera.listed = True
            self._turns.append(camera)
        return displaced

    def next(self) -> Job | None:
        """Of the camera whose turn it is the frame that waits longest; None where none waits."""
        while self._turns:
            camera = self._turns.popleft()
            camera.listed = False
            if camera.waiting:
                job = camera.waiting.popleft()
                if camera.waiting:
                    camera.listed = True
                    self._turns.append(camera)
                return job
        return None

    def forget(self, now: float, silent_s: float = _FORGOTTEN_S) -> None:
        """Sessions that have been silent for so long and have nothing in flight; their source keeps the counts."""
        for source in self.sources.values():
            gone = [one for one in source.sessions.values() if now - one.heard > silent_s and not one.open]
            for camera in gone:
                del source.sessions[camera.session]

    def _forget_idle(self, now: float) -> bool:
        """Make room by forgetting sessions that have been silent for a minute."""
        before = sum(1 for _ in self)
        self.forget(now, _IDLE_S)
        return sum(1 for _ in self) < before

    def _forget_silent(self) -> bool:
        """Make room by adding the counts of a source without sessions to those of the others."""
        for name, source in self.sources.items():
            if name != OTHERS and not source.sessions and not source.counts.in_flight:
                self.sources[OTHERS].counts.add(source.counts)
                del self.sources[name]
                return True
        return False
