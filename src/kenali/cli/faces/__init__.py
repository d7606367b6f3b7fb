"""`kenali faces`: one module for each thing that is done with faces."""

from __future__ import annotations

import typer

from kenali.cli.faces.detect import detect, setup

faces = typer.Typer(help="Find and recognise faces.", no_args_is_help=True)
for command in (setup, detect):
    faces.command()(command)
