"""`kenali stream worker`: looks at frames."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import share_of, tells_errors
from kenali.cli.stream.hub import print_line, warn
from kenali.cli.stream.options import Curve, Insecure, needs_stream

Bundle = Annotated[Path | None, typer.Argument(metavar="[BUNDLE]", help="Folder or ZIP of the bundle that names what is seen.")]
Faces = Annotated[
    str | None, typer.Option(metavar="GALLERY", help="Name people instead: the folder or database URL of a gallery.")
]
FacesKey = Annotated[Path | None, typer.Option(metavar="FILE", help="The gallery's key.")]
Reject = Annotated[
    str | None,
    typer.Option(metavar="SHARE", help="Call this share of such photos unknown instead of the bundle's own; 0: none."),
]


@tells_errors
def worker(
    bundle: Bundle = None,
    faces: Faces = None,
    faces_key: FacesKey = None,
    hub: Annotated[str, typer.Option(metavar="ADDRESS", help="Where the hub's workers come to.")] = "tcp://127.0.0.1:5556",
    name: Annotated[
        str | None, typer.Option(help="What this worker is called in answers; default this machine's name.")
    ] = None,
    reject: Reject = None,
    curve: Curve = None,
    insecure: Insecure = False,
    simulate: Annotated[
        float | None, typer.Option(min=0, hidden=True, help="Milliseconds that a simulated model takes.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what it is and what it did as lines of JSON.")] = False,
) -> None:
    """Classify, or identify, the frames that a hub hands out; until Ctrl-C or SIGTERM.

    Start as many as there are cores, on any machine. Each finds the hub again whenever either was gone.
    """
    if (bundle is not None) + (faces is not None) + (simulate is not None) != 1:
        raise typer.BadParameter("give a BUNDLE or --faces GALLERY")
    needs_stream()
    from kenali.stream.answerers import Look, answerer_of
    from kenali.stream.stopping import told_to_stop
    from kenali.stream.worker import WorkerSettings, run

    settings = WorkerSettings(hub, name or platform.node()[:64] or "worker", curve, insecure)
    for advice in settings.check():
        warn(advice)
    answerer = answerer_of(
        Look(bundle, share_of(reject, "--reject"), faces, faces_key, None if simulate is None else simulate / 1000)
    )
    with told_to_stop() as stopped:
        if as_json:
            print_line({"worker": settings.name, "model": answerer.model, "hub": settings.hub})
        else:
            typer.echo(f"{settings.name} looks at frames of {settings.hub} with {answerer.model}; Ctrl-C ends it.")
        looked_at = run(settings, answerer, stopped, warn)
    if as_json:
        print_line({"looked_at": looked_at})
    else:
        typer.echo(f"{looked_at} frames looked at.")
