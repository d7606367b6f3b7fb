"""What the commands of `kenali stream` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Curve = Annotated[
    Path | None, typer.Option("--curve", metavar="DIR", help="Encrypt, with the keys that  kenali stream keys  made.")
]
Insecure = Annotated[bool, typer.Option("--insecure", help="Allow unencrypted links to other machines.")]


def needs_stream() -> None:
    """MissingExtra where the packages for streams are not installed."""
    from kenali.errors import MissingExtra

    try:
        import av  # noqa: F401
        import zmq  # noqa: F401
    except ImportError as error:
        raise MissingExtra("streams", "stream", error) from None
