"""`kenali faces`: one module for each thing that is done with faces."""

from __future__ import annotations

import typer

from kenali.cli.faces.cluster import cluster
from kenali.cli.faces.detect import detect, setup
from kenali.cli.faces.identify import identify, verify
from kenali.cli.faces.judge import evaluate, threshold

faces = typer.Typer(help="Find and recognise faces.", no_args_is_help=True)
for command in (setup, detect, identify, verify, threshold, evaluate, cluster):
    faces.command()(command)
