"""`kenali stream hub`: between cameras and workers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kenali.cli.console import tells_errors
from kenali.cli.stream.options import Curve, Insecure, needs_stream

if TYPE_CHECKING:
    from kenali.stream.hub import Listening

_MIB = 1024 * 1024

Host = Annotated[str, typer.Option(help="Address to listen at; other than this machine's own, links are encrypted.")]
Port = Annotated[int, typer.Option(min=0, max=65533, help="Cameras send there; workers take the next, answers the one after.")]
Policy = Annotated[
    str, typer.Option(metavar="latest|all|every:N", help="For plain ImageZMQ senders; Kenali's cameras say their own.")
]
Answers = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Append each answer to this file, a line of JSON each, before its camera is told."),
]
Pictures = Annotated[float, typer.Option(min=0, metavar="N", help="Pictures a second and camera that go with the answers.")]
Status = Annotated[
    int | None,
    typer.Option("--status", min=0, max=65535, metavar="PORT", help="Tell /status and /metrics there, on this machine."),
]


@tells_errors
def hub(
    host: Host = "127.0.0.1",
    port: Port = 5555,
    subscribe: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="A camera that publishes, such as tcp://gate:5558.")
    ] = None,
    policy: Policy = "latest",
    answers: Answers = None,
    pictures: Pictures = 10.0,
    status: Status = None,
    cameras: Annotated[int, typer.Option(min=1, help="Cameras at once; more are turned away.")] = 1024,
    memory_mb: Annotated[int, typer.Option(min=1, help="Megabytes of frames held at most.")] = 1024,
    curve: Curve = None,
    insecure: Insecure = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print addresses and last counts as lines of JSON.")] = False,
) -> None:
    """Take frames from cameras, hand them to workers, publish the answers; until Ctrl-C or SIGTERM.

    Unmodified ImageZMQ senders are understood, whether they wait for replies or publish.
    """
    needs_stream()
    from kenali.stream.dispatch import Room
    from kenali.stream.hub import HubSettings, run
    from kenali.stream.stopping import told_to_stop
    from kenali.stream.values import Policy

    settings = HubSettings(
        host=host,
        port=port,
        subscribe=tuple(subscribe or ()),
        curve=curve,
        insecure=insecure,
        pictures=pictures,
        answers=answers,
        status_port=status,
        room=Room(cameras, memory_mb * _MIB, Policy.parse(policy)),
    )
    for advice in settings.check():
        warn(advice)

    def ready(listening: Listening) -> None:
        if as_json:
            print_line({"listening": {name: getattr(listening, name) for name in listening.__slots__}})
            return
        typer.echo(f"Cameras send to {listening.frames}, workers come to {listening.workers}.")
        typer.echo(f"Answers are published at {listening.results}; Ctrl-C ends it.")
        if listening.status:
            typer.echo(f"Counts: {listening.status}/status and {listening.status}/metrics")

    with told_to_stop() as stopped:
        last = run(settings, stopped, ready, warn)
    if as_json:
        print_line(last)
        return
    for name, counts in last["sources"].items():
        told = ", ".join(f"{counts[what]} {what}" for what in ("answered", "dropped", "skipped", "quarantined", "lost"))
        typer.echo(f"{name}: {counts['received']} received, {told}, {counts['in_flight']} in flight")


def warn(sentence: str) -> None:
    """A sentence for people, on stderr."""
    typer.echo(f"kenali: {sentence}", err=True)


def print_line(document: dict[str, Any]) -> None:
    """One line of JSON, at once."""
    print(json.dumps(document), flush=True)
