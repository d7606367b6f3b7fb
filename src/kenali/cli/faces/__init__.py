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

faces = typer.Typer(help="Find and recognise faces.", no_args_is_help=True)
for looking in (setup, detect, enroll, identify, verify, threshold, evaluate, cluster):
    faces.command()(looking)
faces.command("list")(list_people)
for keeping in (show, change, forget, expire, receipt, migrate, rekey):
    faces.command()(keeping)
faces.command("export")(export_people)
faces.command("import")(import_people)
