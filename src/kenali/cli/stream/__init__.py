"""`kenali stream`: one module a service."""

from __future__ import annotations

import typer

from kenali.cli.stream.all_in_one import all_in_one
from kenali.cli.stream.appearances import appearances, forget
from kenali.cli.stream.camera import camera
from kenali.cli.stream.events import events
from kenali.cli.stream.hub import hub
from kenali.cli.stream.keys import keys
from kenali.cli.stream.worker import worker

stream = typer.Typer(help="Classify what cameras see, across machines.", no_args_is_help=True)
stream.command("all")(all_in_one)
for command in (camera, hub, worker, events, appearances, forget, keys):
    stream.command()(command)
