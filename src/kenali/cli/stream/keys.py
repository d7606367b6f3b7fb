"""`kenali stream keys`: keys for both ends of encrypted links."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import Json, print_json, tells_errors
from kenali.cli.stream.options import needs_stream


@tells_errors
def keys(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the keys are to lie.")],
    client: Annotated[str, typer.Option(metavar="NAME", help="Another client's keys, in a folder of this name.")] = "client",
    as_json: Json = False,
) -> None:
    """Make the keys of encrypted links: DIR/hub stays with the hub, DIR/client goes to cameras, workers and viewers.

    Again with --client for one that can be shut out alone: its file in DIR/hub/clients is what lets it in.
    """
    needs_stream()
    from kenali.stream.curve import make_keys

    written = make_keys(folder, client)
    if as_json:
        print_json({"files": [str(file) for file in written]})
        return
    for file in written:
        typer.echo(file)
    typer.echo(
        "Copy the client's whole folder to its machine over a way that you trust, and give --curve at both ends.", err=True
    )
