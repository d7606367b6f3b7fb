"""`kenali receipt`: what a run rests on, and whether two runs can be compared."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kenali.cli.console import Json, print_json, tells_errors

if TYPE_CHECKING:
    from kenali.receipt import Difference, Receipt

_SHOWN = 16  # characters of a digest


@tells_errors
def receipt(
    a: Annotated[Path, typer.Argument(metavar="A", help="Bundle, study, tuning, folder of predictions, or receipt.json.")],
    b: Annotated[Path | None, typer.Argument(metavar="B", help="Another, to compare with.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Say what a run rests on, or whether two runs had the same inputs and the same result, wherever they ran.

    Exit 1 where inputs or results differ.
    """
    from kenali.receipt import compare_receipts, read_receipt

    first = read_receipt(a)
    if b is None:
        if as_json:
            print_json(asdict(first))
        else:
            _show(first)
        return
    second = read_receipt(b)
    found = compare_receipts(first, second)
    if as_json:
        print_json({"comparable": found.comparable, **asdict(found)})
    else:
        _tell(found, first, second)
    if not (found.comparable and found.same_result):
        raise typer.Exit(1)


def _show(receipt: Receipt) -> None:
    typer.echo(f"{receipt.what}, {_where(receipt)}")
    for name, value in {**receipt.inputs, "result": receipt.result}.items():
        typer.echo(f"  {name:<12} {value[:_SHOWN]}")
    typer.echo(f"  {'versions':<12} {', '.join(f'{name} {version}' for name, version in receipt.versions.items())}")


def _tell(found: Difference, first: Receipt, second: Receipt) -> None:
    typer.echo(f"A: {first.what}, {_where(first)}\nB: {second.what}, {_where(second)}")
    if found.comparable:
        result = "the same result" if found.same_result else "different results"
        typer.echo(f"The same inputs ({', '.join(first.inputs)}), {result}.")
    else:
        typer.echo("Not comparable, these inputs differ:")
        for name, (one, other) in found.inputs.items():
            typer.echo(f"  {name:<12} {one[:_SHOWN]:<{_SHOWN}}  {other[:_SHOWN]}")
    if found.versions:
        typer.echo("Versions that differ:")
        for name, (one, other) in found.versions.items():
            typer.echo(f"  {name:<12} {one:<{_SHOWN}}  {other}")


def _where(receipt: Receipt) -> str:
    ran = receipt.ran
    place = "on one machine" if ran.on == "one-machine" else f"by Ray on {ran.nodes} nodes"
    return f"{place}, {ran.workers} at a time, {receipt.system}"
