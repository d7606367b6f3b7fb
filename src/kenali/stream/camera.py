"""A camera: what a source shows, captured at a pace, and sent as far as the policy asks and the link lets it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import zmq

from kenali.errors import KenaliError
from kenali.stream.capture import Capture, Captured, Waiting
from kenali.stream.link import Link
from kenali.stream.pictures import as_bgr, as_jpeg
from kenali.stream.sources import Source
from kenali.stream.values import LATEST, Frame, Policy, Stamp, clean_source, new_session

_LONGEST_WAIT_MS = 100
_PATIENCE_S = 5.0
_LAST_REPLIES_S = 1.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How a camera captures and sends.

    `fps` frames a second at most, None for the source's own pace (with the policy `all` as fast as they are answered, where
    the source can wait); `side` pixels at most on the long side; JPEG of `quality`, or `raw` pixels; `most` frames and no
    more.
    """

    policy: Policy = LATEST
    name: str | None = None
    fps: float | None = None
    side: int | None = None
    quality: int = 90
    raw: bool = False
    most: int | None = None


@dataclass(frozen=True, slots=True)
class CameraCounts:
    """What became of the frames so far.

    captured = skipped + dropped + waiting + sent, and sent = acknowledged + lost + in_flight. `lost` got no reply: whether
    they arrived nobody knows. `resent` counts repetitions, `interruptions` how often the source had to be opened again.
    """

    source: str
    session: str
    captured: int
    skipped: int
    dropped: int
    waiting: int
    sent: int
    acknowledged: int
    lost: int
    in_flight: int
    resent: int
    interruptions: int


class Camera:
    """One session of a source on a link, which it closes when it ends. `tell` hears what happens."""

    def __init__(self, source: Source, link: Link, manner: Manner, tell: Callable[[str], None]) -> None:
        self._link = link
        self._manner = manner
        self._name = clean_source(manner.name) if manner.name else source.name
        self._session = new_session()
        self._tell = tell
        self._active = time.monotonic()
        self._waiting = Waiting(manner.policy)
        waits = manner.policy.kind == "all" and not source.live
        fps = manner.fps or (None if source.live or waits else source.pace)
        self._capture = Capture(source, self._waiting, tell, side=manner.side, fps=fps, most=manner.most)

    def run(
        self,
        stopped: Callable[[], bool] = lambda: False,
        report: Callable[[CameraCounts], None] = lambda counts: None,
        every_s: float = 10.0,
    ) -> CameraCounts:
        """Capture and send until the source has ended and all is sent, or `stopped` says so; the counts at the end.

        `report` gets the counts each `every_s`. With the policy `all` it waits for the hub as long as it takes, otherwise
        for some seconds after the end. Raises what a source failed with that cannot be opened again.
        """
        self._capture.start()
        due = time.monotonic() + every_s
        try:
            while not (stopped() or self._finished):
                self._step()
                if time.monotonic() >= due:
                    report(self.counts)
                    due += every_s
            self._capture.stop()
            self._await_replies()
        finally:
            self._capture.stop()
            self._link.close()
            self._waiting.close()
        if self._capture.failure:
            raise self._capture.failure
        return self.counts

    def stop(self) -> None:
        """Capture no more; what waits is still sent."""
        self._capture.stop()

    @property
    def counts(self) -> CameraCounts:
        """What became of the frames so far."""
        waiting, link = self._waiting, self._link.counts
        return CameraCounts(
            self._name,
            self._session,
            waiting.captured,
            waiting.skipped,
            waiting.dropped,
            len(waiting),
            link.sent,
            link.acknowledged,
            link.lost,
            self._link.in_flight,
            link.resent,
            self._capture.interruptions,
        )

    def _step(self) -> None:
        """Wait for a shot, a reply or a change of the link, and do what is due."""
        poller = zmq.Poller()
        poller.register(self._waiting.bell, zmq.POLLIN)
        for socket in self._link.sockets:
            poller.register(socket, zmq.POLLIN)
        poller.poll(_LONGEST_WAIT_MS)
        self._waiting.answer_bell()
        self._link.attend()
        while self._link.ready and (captured := self._waiting.take()) is not None:
            try:
                frame = self._frame(captured)
            except KenaliError as error:
                self._waiting.dropped += 1
                self._tell(str(error))
                continue
            self._link.send(frame)
            self._link.attend()

    def _await_replies(self) -> None:
        """A moment for the replies to what was sent last, so that it need not count as lost."""
        end = time.monotonic() + _LAST_REPLIES_S
        while self._link.in_flight and time.monotonic() < end:
            self._link.sockets[0].poll(_LONGEST_WAIT_MS)
            self._link.attend()

    @property
    def _finished(self) -> bool:
        """Whether nothing more will come, and what came is sent and answered, or nobody took it for too long."""
        if not self._waiting.ended:
            self._active = time.monotonic()
            return False
        if len(self._waiting) == 0 and self._link.in_flight == 0:
            return True
        return self._manner.policy.kind != "all" and time.monotonic() - self._active > _PATIENCE_S

    def _frame(self, captured: Captured) -> Frame:
        pixels = captured.shot()
        stamp = Stamp(self._name, self._session, captured.sequence, captured.captured_ns)
        size = (pixels.shape[0], pixels.shape[1])
        if self._manner.raw:
            return Frame(stamp, as_bgr(pixels), size, pixels.shape, "bgr", self._manner.policy)
        return Frame(stamp, as_jpeg(pixels, self._manner.quality), size, policy=self._manner.policy)
