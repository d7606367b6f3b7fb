"""The command line: one module a command, no algorithms. Heavy imports happen inside the commands."""

from __future__ import annotations

import os
import signal
import sys

import typer

from kenali.cli.augment import augment
from kenali.cli.check import check
from kenali.cli.compare import compare
from kenali.cli.demo import demo
from kenali.cli.drift import drift
from kenali.cli.evaluate import evaluate
from kenali.cli.export import export
from kenali.cli.faces import faces
from kenali.cli.keys import keys
from kenali.cli.learning_rate import learning_rate
from kenali.cli.organize import organize
from kenali.cli.predict import predict
from kenali.cli.receipt import receipt
from kenali.cli.recipes import recipes
from kenali.cli.serve import serve
from kenali.cli.stream import stream
from kenali.cli.study import study
from kenali.cli.train import train
from kenali.cli.tune import tune

app = typer.Typer(
    name="kenali",
    help="From a folder of photos per class to a classifier you can trust.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help, in half the time
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (demo, check, organize, augment, train, tune, evaluate, compare, drift, predict, export, serve, receipt):
    app.command()(command)
app.command("learning-rate")(learning_rate)
app.add_typer(recipes, name="recipes")
app.add_typer(study, name="study")
app.add_typer(faces, name="faces")
app.add_typer(stream, name="stream")
app.add_typer(keys, name="keys")


def _print_version(asked: bool) -> None:
    if asked:
        import kenali

        typer.echo(f"kenali {kenali.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def main() -> None:
    """Entry point. Text that the terminal cannot show is escaped rather than fatal; SIGTERM tidies up like Ctrl-C.

    OpenBLAS is held to one thread: its own wait for each other in loops, which gains nothing on matrices as small as ours and
    makes a busy machine several times slower. Kenali's threads use the cores instead.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for output in (sys.stdout, sys.stderr):
        if hasattr(output, "reconfigure"):
            output.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:  # before a command had begun
        sys.exit(130)
