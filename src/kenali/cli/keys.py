"""`kenali keys`: who may ask a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kenali.cli.console import Json, one_of, print_json, tells_errors

if TYPE_CHECKING:
    from kenali.serve.security.keys import Key, KeyFile

keys = typer.Typer(help="Make, list and revoke the keys of a server.", no_args_is_help=True, rich_markup_mode=None)

_SCOPES = ("read", "predict", "feedback", "identify", "enrol", "erase", "admin")
State = Annotated[
    Path | None, typer.Option("--state", metavar="DIR", help="The server's state folder, as given to kenali serve.")
]


@keys.command()
@tells_errors
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="For whom or what it is, as you will recognise it in the list.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            help="What it may do: read, predict, feedback (these by default), identify, enrol, erase (faces), admin (all).",
        ),
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Requests a second that it may make. Default: as the server says.")] = None,
    days: Annotated[float | None, typer.Option(help="Days until it expires. Default: never.")] = None,
    state: State = None,
    as_json: Json = False,
) -> None:
    """Make a key and print it, this once: only its checksum is kept."""
    chosen = [one_of(one, _SCOPES, "--scope") for one in scope or _SCOPES[:3]]
    for value, option in ((rate, "--rate"), (days, "--days")):
        if value is not None and not value > 0:
            raise typer.BadParameter(f"expected a number above 0, got {value:g}", param_hint=option)
    key, secret = _file(state).add(name, chosen, rate=rate, expires_days=days)
    if as_json:
        print_json(_document(key) | {"key": secret})
        return
    typer.echo(secret)
    typer.echo(f"The key {key.id} ({key.name}) may {', '.join(key.scopes)}. It is shown this once: keep it safe.", err=True)


@keys.command("list")
@tells_errors
def list_keys(state: State = None, as_json: Json = False) -> None:
    """List the keys, the revoked among them, oldest first."""
    from datetime import UTC, datetime

    found = _file(state).read()
    now = datetime.now(UTC)
    if as_json:
        print_json({"keys": [_document(key) | {"usable": key.usable(now)} for key in found]})
        return
    for key in found:
        fate = "revoked" if key.revoked else "" if key.usable(now) else "expired"
        rate = f"{key.rate:g}/s" if key.rate else ""
        columns = (
            key.id,
            f"…{key.last4}",
            f"{key.created:%Y-%m-%d}",
            f"{','.join(key.scopes):<28}",
            f"{rate:<8}",
            f"{fate:<8}",
        )
        typer.echo("  ".join((*columns, key.name)))
    if not found:
        typer.echo("No keys. A server on this computer alone needs none; make one with  kenali keys add NAME", err=True)


@keys.command()
@tells_errors
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, from kenali keys list.")],
    state: State = None,
    as_json: Json = False,
) -> None:
    """End a key's use: running servers refuse it within two seconds."""
    key = _file(state).revoke(key_id)
    if as_json:
        print_json(_document(key))
    else:
        typer.echo(f"The key {key.id} ({key.name}) is revoked.")


def _file(state: Path | None) -> KeyFile:
    from kenali.serve.security.keys import KeyFile
    from kenali.serve.settings import state_folder

    return KeyFile(state or state_folder())


def _document(key: Key) -> dict[str, Any]:
    return key.model_dump(mode="json", exclude={"sha256"})
