"""`kenali predict`: names for photos."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kenali.cli.console import Json, percent, tells_errors

if TYPE_CHECKING:
    from kenali.predict import Outcome

_SHOWN = 3


@tells_errors
def predict(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder of the bundle.")],
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Photos, folders, patterns, ZIPs; - reads paths from stdin.")
    ],
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of text.")] = False,
) -> None:
    """Name photos with a bundle.

    A file that cannot be read is reported, and the rest is still predicted.
    """
    from kenali.errors import KenaliError
    from kenali.inputs import photo_inputs
    from kenali.predict import Classifier

    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")
    classifier = Classifier.load(bundle)
    writer = _json_writer if as_json else _csv_writer if as_csv else _text_writer
    write, finish = writer(classifier.class_names)
    named = failed = 0
    for outcome in classifier.outcomes(photo_inputs(paths, sys.stdin)):
        write(outcome)
        if outcome.error is None:
            named += 1
        else:
            failed += 1
            if not as_json:
                typer.echo(f"kenali: {outcome.path}: {outcome.error}", err=True)
    finish()
    if not named:
        raise KenaliError(f"none of the {failed} files is a photo that can be read" if failed else "no photo was found")


Writer = tuple[Callable[["Outcome"], None], Callable[[], None]]


def _text_writer(class_names: tuple[str, ...]) -> Writer:
    width = max(len(name) for name in class_names)

    def write(outcome: Outcome) -> None:
        if outcome.probs is not None:
            best = outcome.probs.argsort()[::-1][:_SHOWN].tolist()
            others = ", ".join(f"{class_names[j]} {percent(float(outcome.probs[j]))}" for j in best[1:])
            first = f"{class_names[best[0]]:<{width}} {percent(float(outcome.probs[best[0]])):>8}"
            typer.echo(f"{first}  {outcome.path}" + (f"  ({others})" if others else ""))

    return write, lambda: None


def _csv_writer(class_names: tuple[str, ...]) -> Writer:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["path", "label", "confidence", *(f"p:{name}" for name in class_names), "error"])

    def write(outcome: Outcome) -> None:
        if outcome.probs is None:
            table.writerow([outcome.path, "", "", *([""] * len(class_names)), outcome.error])
        else:
            best = int(outcome.probs.argmax())
            shares = [f"{share:.6g}" for share in outcome.probs]
            table.writerow([outcome.path, class_names[best], shares[best], *shares, ""])

    return write, lambda: None


def _json_writer(class_names: tuple[str, ...]) -> Writer:
    """One document, written as the outcomes come, so that memory stays flat."""
    separator = '{"predictions": ['

    def write(outcome: Outcome) -> None:
        nonlocal separator
        typer.echo(separator + "\n" + json.dumps(_record(outcome, class_names)), nl=False)
        separator = ","

    def finish() -> None:
        typer.echo(("" if separator == "," else separator) + "\n]}")

    return write, finish


def _record(outcome: Outcome, class_names: tuple[str, ...]) -> dict[str, Any]:
    if outcome.probs is None:
        return {"path": outcome.path, "error": outcome.error}
    probs = {name: round(float(share), 6) for name, share in zip(class_names, outcome.probs, strict=True)}
    label = class_names[int(outcome.probs.argmax())]
    return {"path": outcome.path, "label": label, "reason": None, "probs": probs, "novelty": None}
