"""`kenali stream appearances` and `forget`: the event log read, and erased."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kenali.cli.console import Json, print_json, tells_errors
from kenali.cli.faces.options import GalleryPlace, KeyFile, day
from kenali.cli.stream.event_options import EventLog, needs_events

if TYPE_CHECKING:
    from kenali.stream.appearances import Appearance
    from kenali.stream.events.store import EventStore

_COLUMNS = ("source", "label", "person", "first_seen", "last_seen", "seconds", "frames", "confidence", "distance", "model")


@tells_errors
def appearances(
    database: EventLog = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Of this camera alone.")] = None,
    who: Annotated[str | None, typer.Option("--who", metavar="NAME", help="Of this class or person alone.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Seen on this day (YYYY-MM-DD) or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Seen on this day or earlier.")] = None,
    by_day: Annotated[
        bool, typer.Option("--by-day", help="Attendance: first and last seen, one line a person and day.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many at most, the last first.")] = 1000,
    gallery: GalleryPlace = None,
    key: KeyFile = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Json = False,
) -> None:
    """List who or what was seen from when to when. Names of enrolled people are taken from the gallery."""
    from kenali.stream.told import as_json as told

    names = _names(gallery, key)
    with closing(_log(database)) as store:
        ids = [person for person, name in names.items() if who and name.casefold() == who.casefold()]
        found = store.recent(
            source=source,
            since_ns=_begin(since, "--since"),
            until_ns=_end(until),
            who=ids[0] if ids else who,
            limit=None if by_day else limit,  # a day is made of all its appearances
        )
    if ids:  # those from the time of --names have the id as well
        found = [one for one in found if one.person == ids[0]]
    records = [told(one) | {"label": one.label or names.get(one.person or "", "")} for one in found]
    if by_day:
        records = _by_day(found, records)[:limit]
    if as_json:
        print_json({"days" if by_day else "appearances": records})
    elif as_csv:
        _print_csv(records)
    else:
        for record in records:
            typer.echo(_line(record))


@tells_errors
def forget(
    who: Annotated[str, typer.Argument(metavar="NAME", help="A class, a person's name or id, or unknown.")],
    database: EventLog = None,
    gallery: GalleryPlace = None,
    key: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Erase every event of a person or class; an SQLite file is written anew, so that no trace of them is left in it."""
    ids = [person for person, name in _names(gallery, key).items() if name.casefold() == who.casefold()]
    with closing(_log(database)) as store:
        erased = store.forget(who, *ids)
    if as_json:
        print_json({"erased": erased})
    else:
        typer.echo(f"{erased} {'event' if erased == 1 else 'events'} erased.")


def _log(database: str | None) -> EventStore:
    needs_events()
    from kenali.errors import KenaliError
    from kenali.stream.events.store import EventStore, events_place, there_are_events

    place = events_place(database)
    if not there_are_events(place):
        raise KenaliError(f"there is no event log at {place}: kenali stream events  writes one, --database names it")
    return EventStore(place)


def _names(place: str | None, key: Path | None) -> dict[str, str]:
    """The enrolled people's names by their ids; none where there is no gallery, or its key is not here."""
    from kenali.errors import KenaliError

    try:
        from kenali.cli.faces.options import gallery_if_any

        with gallery_if_any(place, key, None) as held:
            return {person.id: person.name for person in held.persons()} if held else {}
    except KenaliError as error:
        if place or key:
            raise
        typer.echo(f"kenali: enrolled people are told by their ids: {error}", err=True)
        return {}


def _begin(text: str | None, option: str, days: int = 0) -> int | None:
    """Midnight, here, at the beginning of a day (nanoseconds since 1970)."""
    found = day(text, option)
    return None if found is None else round(_midnight(found + timedelta(days)).timestamp() * 1e9)


def _end(text: str | None) -> int | None:
    return _begin(text, "--until", 1)


def _midnight(of: date) -> datetime:
    return datetime(of.year, of.month, of.day).astimezone()


def _by_day(found: Sequence[Appearance], records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each label's first and last time on each day, here, the last day first; strangers are none of them."""
    days: dict[tuple[str, str, str], list[tuple[Appearance, dict[str, Any]]]] = {}
    for one, record in zip(found, records, strict=True):
        if one.person or one.label != "unknown":
            when = datetime.fromtimestamp(one.first_ns / 1e9, UTC).astimezone().date().isoformat()
            days.setdefault((when, record["label"], one.person or ""), []).append((one, record))
    return [
        {
            "day": when,
            "label": label,
            "person": person or None,
            "first_seen": min(record["first_seen"] for _, record in of),
            "last_seen": max(record["last_seen"] for _, record in of),
            "appearances": len(of),
            "seconds": round(sum(one.seconds for one, _ in of), 3),
        }
        for (when, label, person), of in sorted(days.items(), key=lambda item: (item[0][0], item[0][1]), reverse=True)
    ]


def _line(record: dict[str, Any]) -> str:
    who = record["label"] or f"person {record['person']}"
    times = f"{_local(record['first_seen'])}  {_local(record['last_seen'])[11:]}"
    if "day" in record:
        return f"{times}  {who:<24}{record['appearances']:>4} times  {record['seconds']:.1f} s"
    return f"{times}  {record['source']:<16}{who:<24}{record['frames']:>6} frames"


def _local(iso: str) -> str:
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _print_csv(records: Sequence[dict[str, Any]]) -> None:
    columns = list(records[0]) if records and "day" in records[0] else list(_COLUMNS)
    writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
