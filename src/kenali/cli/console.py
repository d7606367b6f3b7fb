"""What all commands share in talking to people and programs: results on stdout, progress and errors on stderr."""

from __future__ import annotations

import errno
import functools
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import typer

from kenali.errors import KenaliError

P = ParamSpec("P")
R = TypeVar("R")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Language = Annotated[str, typer.Option("--lang", help="Language of the report: en or id.")]
GroupBy = Annotated[
    str | None, typer.Option(metavar="REGEX", help="Photos whose paths match alike stay on one side of a split.")
]
On = Annotated[
    str | None,
    typer.Option("--on", metavar="ray[://HOST:PORT]", help="Run on a Ray cluster: that one, or one of this machine's cores."),
]
Epochs = Annotated[int | None, typer.Option(min=1, help="Epochs, where the recipe trains a network.", show_default=False)]
Photos = Annotated[Path, typer.Argument(metavar="PHOTOS", help="Folder with a folder per class, a ZIP of one, or a CSV.")]

_STAGES = {
    "scan": "Reading photos",
    "embed": "Computing features",
    "fit": "Fitting",
    "decode": "Decoding photos",
    "train": "Training",
    "tune": "Fine-tuning",
    "study": "Studying",
    "search": "Searching",
    "copy": "Writing photos",
    "write": "Writing the bundle",
    "predict": "Predicting",
}


_REMARKS = {"first": "A first model is written and can be used. Fine-tuning goes on; Ctrl-C keeps the first."}


def tells_errors(command: Callable[P, R]) -> Callable[P, R]:
    """One sentence on stderr and exit 1 for what Kenali foresees; exit 130 and nothing half-written on Ctrl-C."""

    @functools.wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except KenaliError as error:
            sentence = str(error)
        except KeyboardInterrupt:
            typer.echo("Stopped. Nothing was left half-written; what was computed is remembered.", err=True)
            raise typer.Exit(130) from None
        except BrokenPipeError:  # the reader, `head` for instance, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except OSError as error:
            if error.errno == errno.ENOSPC:
                sentence = "the disk is full: free some space and run the command again; nothing was left half-written"
            else:
                where = f" {error.filename}" if error.filename else ""
                sentence = f"the operating system refused{where}: {error.strerror or error}"
        typer.echo(f"kenali: {sentence}", err=True)
        raise typer.Exit(1)

    return told


def print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=1, allow_nan=False))


def tell_answer(sentences: list[str]) -> None:
    """A study's answer: its headline, then what there is to say about it."""
    headline, *more = sentences
    typer.echo(headline)
    for sentence in more:
        typer.echo(f"  {sentence}")


def one_of(value: str, allowed: tuple[str, ...], option: str) -> Any:
    """`value` if it is allowed, else a usage error (exit 2)."""
    if value not in allowed:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(allowed)}", param_hint=option)
    return value


@contextmanager
def progress_bar() -> Iterator[Callable[..., None]]:
    """A function (stage, done, total, note) for a bar with the time left on a terminal's stderr; silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total, note="": None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int, note: str = "") -> None:
            if stage in _REMARKS:
                console.print(_REMARKS[stage])
                return
            if stage not in tasks:
                tasks[stage] = bars.add_task(_STAGES.get(stage, stage), total=total or None, note="")
            bars.update(tasks[stage], completed=done, total=total or None, note=note)

        yield show


def doubt(document: dict[str, Any]) -> Iterator[str]:
    """What a `metrics_document` says of photos called unknown, and of prediction sets, a line each."""
    if found := document["rejection"]:
        rest = found["accuracy_of_rest"]
        yield (
            f"{'Unknown:':<18}{found['novel'] + found['ambiguous']} of {found['rejected']['n']} "
            f"({found['novel']} novel, {found['ambiguous']} ambiguous); of the rest {percent(rest['value'])} right"
        )
    if met := document.get("strangers"):
        yield (
            f"{'Strangers:':<18}{met['novel'] + met['ambiguous']} of {met['unknown']['n']} photos of other classes "
            f"are called unknown ({met['novel']} novel, {met['ambiguous']} ambiguous)"
        )
    if sets := document["sets"]:
        yield f"{'Sets:':<18}{percent(sets['covered']['value'])} hold the truth, {sets['mean_size']:.2f} classes on average"


def share_of(text: str | None, option: str) -> float | None:
    """The share in 0..1 that `5%`, `5 %` or `0.05` means, None for None; a usage error (exit 2) for anything else."""
    if text is None:
        return None
    number, sign, rest = text.replace(" ", "").partition("%")
    try:
        share = float(number) / (100 if sign else 1)
    except ValueError:
        share = -1.0
    if rest or not 0 <= share < 1:
        raise typer.BadParameter(f"expected a share such as 5% or 0.05, got {text!r}", param_hint=option)
    return share


def seconds_of(text: str | None, option: str) -> float | None:
    """Seconds of `90`, `90s`, `3m` or `1h`, None for None; a usage error (exit 2) for anything else."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip().lower())
    if match is None:
        raise typer.BadParameter(f"expected a time such as 90s, 3m or 1h, got {text!r}", param_hint=option)
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"
