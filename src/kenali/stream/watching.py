"""Follows a hub's answers, and tells of appearances as they begin and end: what `kenali stream events` runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing

from kenali.stream.appearances import Change, Patience
from kenali.stream.events.store import EventStore
from kenali.stream.recorder import Recorder
from kenali.stream.results import Published, Results, ResultsSettings, Status
from kenali.stream.sense import Seen, Sense
from kenali.stream.votes import Rules

_WAIT_S = 0.2
_TICK_S = 1.0
_SILENT_S = 5.0
_LAST_WAIT_S, _LAST_S = 0.1, 1.0  # for what was published before the end
_PRUNE_S = 3600.0
_DAY_NS = 86_400 * 10**9


def watch(
    settings: ResultsSettings,
    stopped: Callable[[], bool],
    *,
    rules: Rules,
    patience: Patience,
    store: EventStore | None,
    keep_days: float | None,
    warn: Callable[[str], None],
) -> Iterator[Seen | Change]:
    """Every answer in its turn, and every change of an appearance, until `stopped` says so; then all that is open ends.

    What the `store` holds of the last moments goes on, so that a restart cuts no appearance in two. Events older than
    `keep_days` are erased. Raises KenaliError for an address or keys that are none.
    """
    sense, ticked, pruned, away = Sense(rules, patience), 0.0, float("-inf"), False
    recorder = Recorder(store, warn) if store else None
    with closing(Results(settings)) as results:
        resumed: set[str] = set()

        def told(seen: tuple[Seen, ...], changes: tuple[Change, ...] = ()) -> Iterator[Seen | Change]:
            changes = (*(change for one in seen for change in one.changes), *changes)
            if recorder:
                recorder.take(changes)
            yield from seen
            yield from changes

        def taken(found: Published | Status | None) -> Iterator[Seen | Change]:
            if isinstance(found, Status):
                sense.alone = found.one_worker
            if not isinstance(found, Published):
                return
            source, now_ns = found.answer.stamp.source, results.clock.now_ns
            if recorder and source not in resumed:
                resumed.add(source)
                sense.resume(source, recorder.earlier(source, now_ns - round(patience.gap_s * 1e9)), now_ns)
            yield from told(sense.take(found.answer, now_ns))

        while not stopped():
            yield from taken(results.receive(_WAIT_S))
            if time.monotonic() - ticked >= _TICK_S:
                ticked = time.monotonic()
                yield from told(*sense.tick(results.clock.now_ns))
                if (results.silent_s > _SILENT_S) != away:
                    away = not away
                    warn(f"no word from the hub at {settings.address}; trying on" if away else "the hub is back")
                if recorder and keep_days is not None and ticked - pruned > _PRUNE_S:
                    pruned = ticked
                    recorder.prune(time.time_ns() - round(keep_days * _DAY_NS))
        last = time.monotonic() + _LAST_S
        while time.monotonic() < last and (found := results.receive(_LAST_WAIT_S)):
            yield from taken(found)
        yield from told(sense.rest(results.clock.now_ns))
        yield from told((), sense.close())
        if recorder:
            recorder.flush()
