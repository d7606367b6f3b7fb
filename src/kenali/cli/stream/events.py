"""`kenali stream events`: who or what was there from when to when, as it happens, and into an SQL database."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kenali.cli.console import tells_errors
from kenali.cli.stream.event_options import EventLog, needs_events
from kenali.cli.stream.options import Curve, Insecure, needs_stream

if TYPE_CHECKING:
    from kenali.stream.appearances import Change
    from kenali.stream.sense import Seen

Votes = Annotated[
    int, typer.Option("--votes", min=1, max=1000, help="Frames that vote on what something is; 1 takes each as it is.")
]
Gap = Annotated[float, typer.Option("--gap", min=0.1, help="Seconds out of sight after which an appearance has ended.")]
LeastFrames = Annotated[int, typer.Option("--least-frames", min=1, help="What is seen in fewer frames is no event.")]


@tells_errors
def events(
    address: Annotated[
        str, typer.Option("--from", metavar="ADDRESS", help="Where the hub publishes.")
    ] = "tcp://127.0.0.1:5557",
    database: EventLog = None,
    record: Annotated[bool, typer.Option("--record/--no-record", help="Write events to the database.")] = True,
    names: Annotated[
        bool, typer.Option("--names", help="Write the names of enrolled people too, not their ids alone.")
    ] = False,
    keep_days: Annotated[
        float | None, typer.Option("--keep-days", min=0.01, help="Erase events that ended longer ago.")
    ] = None,
    votes: Votes = 15,
    gap: Gap = 5.0,
    least_frames: LeastFrames = 3,
    frames: Annotated[bool, typer.Option("--frames", help="Tell of every frame, too.")] = False,
    curve: Curve = None,
    insecure: Insecure = False,
    migrate: Annotated[
        bool, typer.Option("--migrate", help="Bring the tables of a database server up to date, and end.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON documents, one a line, as things happen.")] = False,
) -> None:
    """Tell of each appearance as it begins and as it ends, and write it down, until Ctrl-C."""
    needs_stream()
    from kenali.stream.appearances import Patience
    from kenali.stream.results import ResultsSettings
    from kenali.stream.stopping import told_to_stop
    from kenali.stream.votes import Rules
    from kenali.stream.watching import watch

    def warn(sentence: str) -> None:
        typer.echo(f"kenali: {sentence}", err=True)

    settings = ResultsSettings(address, curve, insecure)
    for advice in settings.check():
        warn(advice)
    with ExitStack() as opened:
        store = None
        if record or migrate:
            needs_events()
            from kenali.stream.events.store import EventStore, events_place

            store = opened.enter_context(closing(EventStore(events_place(database), names=names, migrate=migrate)))
            warn(f"events are written to {store.database.shown}")
        if migrate:
            return
        stopped = opened.enter_context(told_to_stop())
        warned = keep_days is not None
        for told in watch(
            settings,
            stopped,
            rules=Rules.of(votes),
            patience=Patience(gap, least_frames),
            store=store,
            keep_days=keep_days,
            warn=warn,
        ):
            tell(told, frames, as_json)
            if store and not warned and _is_of_a_person(told):
                warned = True
                warn("when people came and went is being kept until you erase it: --keep-days does that by itself")


def tell(told: Seen | Change, frames: bool, as_json: bool) -> None:
    from kenali.stream.sense import Seen

    if isinstance(told, Seen):
        if frames:
            document = _frame(told)
            _print(
                document if as_json else f"{document['time']}  {document['source']:<16}{', '.join(told.labels) or '-'}", as_json
            )
    elif told.kind != "on":
        _print(_change(told) if as_json else _sentence(told), as_json)


def _print(what: dict[str, Any] | str, as_json: bool) -> None:
    typer.echo(json.dumps(what, allow_nan=False) if as_json else what)


def _change(change: Change) -> dict[str, Any]:
    from kenali.stream.told import as_json

    return {"event": change.kind} | as_json(change.appearance)


def _sentence(change: Change) -> str:
    from kenali.stream.told import clock

    one = change.appearance
    if change.kind == "began":
        return f"{clock(one.first_ns)}  {one.source:<16}{one.label}"
    return f"{clock(one.last_ns)}  {one.source:<16}{one.label} has gone: {one.seconds:.1f} s, {one.frames} frames"


def _frame(seen: Seen) -> dict[str, Any]:
    from kenali.stream.told import iso

    answer = seen.answer
    return {
        "event": "frame",
        "source": answer.stamp.source,
        "session": answer.stamp.session,
        "sequence": answer.stamp.sequence,
        "time": iso(answer.taken_ns),
        "error": answer.error,
        "sightings": [
            {
                "label": label,
                "frame_label": one.label,
                "reason": one.reason,
                "confidence": one.confidence,
                "distance": one.distance,
                "track": one.track,
                "box": one.box,
            }
            for one, label in zip(answer.sightings, seen.labels, strict=False)
        ],
    }


def _is_of_a_person(told: Seen | Change) -> bool:
    from kenali.stream.appearances import Change

    return isinstance(told, Change) and told.appearance.person is not None
