"""The thread that reads a hub's answers for one web worker, and tells viewers."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterable, Iterator

from kenali.serve.live.board import Board
from kenali.serve.live.feed import Feed
from kenali.serve.live.told import Message
from kenali.serve.room import Busy
from kenali.serve.settings import StreamView
from kenali.stream.appearances import Change, Patience
from kenali.stream.results import Published, Results, ResultsSettings, Status
from kenali.stream.sense import Seen, Sense
from kenali.stream.votes import Rules

MOST_VIEWERS = 64
_WAIT_S = 0.2
_TICK_S = 1.0
_SILENT_S = 4.0
_ANEW_S = 1.0
_LOG = logging.getLogger("kenali.serve")


class LiveView:
    """What a hub publishes, for the viewers of one worker.

    The hub may come and go; `board.connected` says whether it is there.
    """

    def __init__(self, settings: StreamView) -> None:
        self.board = Board()
        self.names = settings.names
        self._settings = settings
        self._feeds: set[Feed] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kenali-stream", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the thread; waits for it, some tenths of a second."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def check(self) -> None:
        """Raises Busy where the next viewer would be turned away."""
        if self.viewers >= MOST_VIEWERS:
            raise Busy(5.0)

    @contextlib.contextmanager
    def feed(self, source: str | None, *, names: bool) -> Iterator[Feed]:
        """A new viewer's feed, which is filled for the length of the block, and at first holds what is known already.

        Raises Busy where there are too many viewers.
        """
        self.check()
        feed = Feed(source, names=names)
        for name, newest in self.board.latest().items():
            feed.frame(name, newest)
        feed.counts(Message.of("streams", self.board.document()))
        with self._lock:
            self._feeds.add(feed)
        try:
            yield feed
        finally:
            with self._lock:
                self._feeds.discard(feed)

    @property
    def viewers(self) -> int:
        return len(self._feeds)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._read()
            except Exception:
                _LOG.exception("reading the stream failed; it is begun anew")
                self._stopped.wait(_ANEW_S)

    def _read(self) -> None:
        told = self._settings
        sense = Sense(Rules.of(told.votes), Patience(told.gap_s, min(Patience().least_frames, told.votes)))
        ticked = 0.0
        with Results(ResultsSettings(told.address, told.curve, told.insecure)) as results:
            heard = False
            while not self._stopped.is_set():
                found = results.receive(_WAIT_S)
                heard = heard or found is not None
                if isinstance(found, Published):
                    self.board.picture(found)
                    self._tell(sense.take(found.answer, results.clock.now_ns))
                elif isinstance(found, Status):
                    sense.alone = found.one_worker
                    self.board.counted(found.document)
                self.board.connected = heard and results.silent_s < _SILENT_S
                if time.monotonic() - ticked >= _TICK_S:
                    ticked = time.monotonic()
                    self._tell(*sense.tick(results.clock.now_ns))
                    self._tell_counts(sense)

    def _tell(self, seen: Iterable[Seen], changes: Iterable[Change] = ()) -> None:
        for one in seen:
            said = self.board.seen(one)
            if said:
                for feed in self._each():
                    feed.frame(one.answer.stamp.source, said)
            self._tell((), one.changes)
        for change in changes:
            said = self.board.changed(change)
            if said:
                for feed in self._each():
                    feed.event(change.appearance.source, said)

    def _tell_counts(self, sense: Sense) -> None:
        for source in self.board.sources():
            self.board.there(source, sense.present(source))
        feeds = self._each()
        if feeds:
            said = Message.of("streams", self.board.document())
            for feed in feeds:
                feed.counts(said)

    def _each(self) -> tuple[Feed, ...]:
        with self._lock:
            return tuple(self._feeds)
