"""`kenali faces`: one module for each thing that is done with faces."""

from __future__ import annotations

import typer

from kenali.cli.faces.cluster import cluster
from kenali.cli.faces.detect import detect, setup
from kenali.cli.faces.enroll import enroll
from kenali.cli.faces.identify import identify, verify
from kenali.cli.faces.judge import evaluate, threshold
from kenali.cli.faces.people import change, expire, forget, list_people, receipt, show
from kenali.cli.faces.upkeep import export_people, import_people, migrate, rekey

_FIND = (setup, detect, cluster)
_KEEP = (enroll, show, change, forget, expire, receipt, migrate, rekey)
_RECOGNISE = (identify, verify, threshold, evaluate)

faces = typer.Typer(help="Find and recognise faces.", no_args_is_help=True)
for command in (*_FIND, *_KEEP, *_RECOGNISE):
    faces.command()(command)
faces.command("list")(list_people)
faces.command("export")(export_people)
faces.command("import")(import_people)
