"""What a hub decides: which frames wait, who looks at which, what becomes of each. No sockets, no clock of its own.

Every frame that is taken gets exactly one fate, so the counts of each source reconcile at any time. What is decided goes
to an `Outbox` at once, in order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from kenali.stream.cameras import OTHERS, Camera, Cameras, Job, Key, Source, key_of
from kenali.stream.values import LATEST, Answer, Fate, Frame, Policy, Quarantined, Stamp
from kenali.stream.workforce import BEAT_S, Worker, Workforce

WINDOW = 8
"""Frames that a camera with the policy `all` may have under way at once: its credits."""

_MOST_WAITING = 64
_MOST_WORKERS = 4096
_MOST_ATTEMPTS = 5
_MOST_EXPLAINED = 256
_GAP_S = 2.0
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Room:
    """What a hub holds at most: sessions of cameras, and bytes of frames in flight; and the policy of plain senders."""

    cameras: int = 1024
    held_bytes: int = 1024 * _MIB
    policy: Policy = LATEST


class Outbox(Protocol):
    """Where decisions go. `link` is what came with the frame, `route` what came from the worker; no stamp: a plain sender.

    `hand` says whether there was room for the frame on its way to the worker.
    """

    def acknowledge(self, link: object, stamp: Stamp | None, fate: str) -> None: ...
    def hand(self, route: bytes, job: Job, waited_s: float) -> bool: ...
    def publish(self, answer: Answer, frame: Frame, picture: bytes | None) -> None: ...
    def ask(self, route: bytes) -> None: ...
    def warn(self, sentence: str) -> None: ...


class Dispatcher:
    """Frames and workers' words in, decisions out. `clock` is monotonic, in seconds; `wall` in nanoseconds since 1970."""

    def __init__(self, room: Room, out: Outbox, clock: Callable[[], float], wall: Callable[[], int]) -> None:
        self._room = room
        self._out = out
        self._clock = clock
        self._wall = wall
        self.cameras = Cameras(room.cameras)
        self.workforce = Workforce()
        self.held_bytes = 0
        self._open: dict[Key, Job] = {}
        self._explained: set[tuple[str, str]] = set()
        self._asked: dict[bytes, float] = {}
        self._looked = clock()

    # Frames

    def frame(self, frame: Frame, link: object | None) -> None:
        """A frame came. With a `link`, where somebody waits for a word on it, exactly one word is sent there."""
        now, stamp = self._clock(), frame.stamp
        policy = frame.policy or self._room.policy
        if link is None and policy.kind == "all":
            policy = LATEST  # nobody who published it can be made to wait
        camera = self.cameras.of(stamp, policy, frame.policy is not None, now)
        if camera is None:
            detail = f"more than {self._room.cameras} cameras"
            self.quarantine(Quarantined("too-many-cameras", detail, None, stamp if frame.policy else None), link)
            return
        source = self.cameras.sources[stamp.source]
        camera.heard = now
        if known := self._open.get(key_of(stamp)):
            source.counts.duplicates += 1
            if known.policy.kind != "all":
                self._tell(link, frame, "known")
            elif link is not None:
                known.link = link
        elif camera.knows(stamp.sequence):
            source.counts.duplicates += 1
            self._tell(link, frame, "known")
        elif self._is_full(frame, camera):
            source.counts.refused += 1
            self._tell(link, frame, "refused")  # with the policy `all` the camera keeps it, and sends it again
        else:
            self._take(Job(frame, policy, link, self._wall(), now), camera, source)
        self._hand_out()

    def quarantine(self, broken: Quarantined, link: object | None) -> None:
        """A message came that is no frame. Whoever waits is told so: a camera need not hang for one broken picture."""
        source = self.cameras.source(broken.source, self._clock()) or self.cameras.sources[OTHERS]
        source.counts.received += 1
        source.counts.settle(Fate.QUARANTINED)
        self._explain(source.name, broken.reason, broken.detail)
        if link is not None:
            self._out.acknowledge(link, broken.stamp, Fate.QUARANTINED)

    def _explain(self, source: str, reason: str, detail: str) -> None:
        """Count why something was quarantined, and say so the first time."""
        self.cameras.reasons[reason] += 1
        if (source, reason) not in self._explained and len(self._explained) < _MOST_EXPLAINED:
            self._explained.add((source, reason))
            whose = "a sender without a name" if source == OTHERS else source
            self._out.warn(f"quarantined what {whose} sent: {detail}")

    def _is_full(self, frame: Frame, camera: Camera) -> bool:
        return len(camera.waiting) >= _MOST_WAITING or self.held_bytes + len(frame.data) > self._room.held_bytes

    def _take(self, job: Job, camera: Camera, source: Source) -> None:
        stamp = job.frame.stamp
        source.counts.received += 1
        camera.note(stamp.sequence)
        camera.policy = job.policy
        if camera.stamped:
            camera.offset.add(job.taken_ns - stamp.captured_ns, job.since)
        self._look_for_twins(camera, source, job.since)
        self._open[job.key] = job
        self.held_bytes += len(job.frame.data)
        camera.open += 1
        if not job.policy.takes(stamp.sequence):
            self._settle(job, Fate.SKIPPED)
            return
        if job.policy.kind != "all":
            self._tell(job.link, job.frame, "taken")
            job.link = None
        if displaced := self.cameras.wait(job, camera):
            self._settle(displaced, Fate.DROPPED)

    def _look_for_twins(self, camera: Camera, source: Source, now: float) -> None:
        other = source.twins(camera, now)
        if other is None:
            return
        source.twins_until = now + 10
        pair = (min(camera.session, other.session), max(camera.session, other.session))
        if pair not in source.warned:
            source.warned = {*list(source.warned)[-16:], pair}
            self._out.warn(f"two cameras call themselves {source.name!r} (sessions {pair[0]} and {pair[1]}): rename one")

    # Workers

    def hello(self, route: bytes, id: str, name: str, model: str) -> None:
        """A worker introduces itself, for the first time or after either side was gone."""
        now = self._clock()
        if len(self.workforce.by_route) >= _MOST_WORKERS and route not in self.workforce.by_route:
            return
        earlier = self.workforce.join(worker := Worker(id, route, name, model, now))
        if earlier:
            worker.answered, worker.busy_s = earlier.answered, earlier.busy_s
            self._give_back(earlier, died=False)
        self._hand_out()

    def heard(self, route: bytes) -> Worker | None:
        """A worker gave a sign of life; one that is not known is asked who it is."""
        worker, now = self.workforce.by_route.get(route), self._clock()
        if worker is None:
            self._ask(route, now)
        else:
            worker.heard = now
        return worker

    def _ask(self, route: bytes, now: float) -> None:
        """Ask who that is, but not for every word that was under way: each introduction takes back what was handed out."""
        if now - self._asked.get(route, -math.inf) < BEAT_S:
            return
        if len(self._asked) >= _MOST_WORKERS:
            self._asked.clear()
        self._asked[route] = now
        self._out.ask(route)

    def want(self, route: bytes) -> None:
        """A worker will soon be free for a frame."""
        if worker := self.heard(route):
            self.workforce.want(worker, self._clock())
            self._hand_out()

    def bye(self, route: bytes) -> None:
        """A worker ends on purpose; what it has not answered goes to others."""
        if worker := self.workforce.by_route.get(route):
            self.workforce.leave(worker)
            self._give_back(worker, died=False)
            self._hand_out()

    def gone(self, route: bytes) -> None:
        """A worker's connection is no more, or it was not heard for too long."""
        if worker := self.workforce.by_route.get(route):
            self.workforce.leave(worker)
            self._out.warn(f"worker {worker.name} is gone; {len(worker.jobs)} of its frames go to others")
            self._give_back(worker, died=True)
            self._hand_out()

    def answer(self, route: bytes, answer: Answer, fate: Fate, picture: bytes | None) -> None:
        """A worker looked (`ANSWERED`), could not read the picture (`QUARANTINED`), or failed (`LOST`).

        An answer counts whoever gives it, as long as its frame has no fate yet.
        """
        self.heard(route)
        job = self._open.get(key_of(answer.stamp))
        if job is None:
            source = self.cameras.sources.get(answer.stamp.source) or self.cameras.sources[OTHERS]
            source.counts.late += 1
            return
        if fate is Fate.QUARANTINED:
            self._explain(job.frame.stamp.source, "broken-picture", answer.error or "it cannot be read")
        self._settle(job, fate, answer, picture)
        self._hand_out()

    def tick(self) -> None:
        """To be called several times a second, when everything that came has been passed on: finds who is gone."""
        now = self._clock()
        if now - self._looked > _GAP_S:  # the hub was held up: what others said meanwhile may still be on its way
            self.workforce.excuse(now)
        self._looked = now
        for worker in self.workforce.dead(now):
            self.gone(worker.route)
        self.cameras.forget(now)
        self._hand_out()

    # What becomes of frames

    @property
    def in_flight(self) -> int:
        return len(self._open)

    def _hand_out(self) -> None:
        """To each who wants a frame one, as far as there are any. Where there is no room on the way, both go on waiting."""
        for _ in range(self.workforce.wanting):
            if (job := self.cameras.next()) is None:
                return
            worker, since = self.workforce.next()
            now = self._clock()
            if self._out.hand(worker.route, job, now - since):
                worker.jobs[job.key] = job
                job.worker = worker.route
                job.handed = now
            else:
                self.workforce.want(worker, since)
                self._wait_again(job)

    def _give_back(self, worker: Worker, died: bool) -> None:
        for job in reversed(worker.jobs.values()):
            job.worker = None
            job.attempts += died
            if job.attempts >= _MOST_ATTEMPTS:
                self._settle(job, Fate.LOST, _no_answer(job.frame, f"{job.attempts} workers died with this frame"))
                continue
            self._wait_again(job)
        worker.jobs = {}

    def _wait_again(self, job: Job) -> None:
        if displaced := self.cameras.wait(job, self._camera(job.frame.stamp), again=True):
            self._settle(displaced, Fate.DROPPED)

    def _settle(self, job: Job, fate: Fate, answer: Answer | None = None, picture: bytes | None = None) -> None:
        """The one place where a frame gets its fate."""
        del self._open[job.key]
        self.held_bytes -= len(job.frame.data)
        camera = self._camera(job.frame.stamp)
        camera.open -= 1
        source = self.cameras.sources[camera.source]
        source.counts.settle(fate)
        worker = self.workforce.by_route.get(job.worker) if job.worker else None
        if worker:
            del worker.jobs[job.key]
            worker.answered += 1
            worker.busy_s += self._clock() - job.handed
        elif job in camera.waiting:
            camera.waiting.remove(job)
        if answer:
            now = self._wall()
            whole = replace(answer, stamp=job.frame.stamp, taken_ns=job.taken_ns, answered_ns=max(now, job.taken_ns))
            source.times.add(self._clock() - job.since)
            self._out.publish(whole, job.frame, picture)
        self._tell(job.link, job.frame, fate)

    def _tell(self, link: object | None, frame: Frame, fate: str) -> None:
        if link is not None:
            self._out.acknowledge(link, frame.stamp if frame.policy else None, fate)

    def _camera(self, stamp: Stamp) -> Camera:
        return self.cameras.sources[stamp.source].sessions[stamp.session]


def _no_answer(frame: Frame, why: str) -> Answer:
    height, width = frame.size
    return Answer(frame.stamp, "", "", (), 0, 0, width, height, why)
