"""Options that the commands for faces share, and what opens the gallery that they name."""

from __future__ import annotations

import getpass
import os
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kenali.faces.gallery.store import Gallery

Networks = Annotated[
    Path | None, typer.Option("--networks", metavar="TOML", help="Your own detector or embedder: see the docs.")
]
GalleryPlace = Annotated[
    str | None,
    typer.Option("--gallery", metavar="URL", help="A database's URL or an SQLite file. Default: KENALI_GALLERY, or your own."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="FILE", help="The gallery's key. Default: KENALI_GALLERY_KEY, or your data folder."),
]
Group = Annotated[str, typer.Option("--group", help="A group of people, to break results down by.")]


_KEEP_IT = "keep a copy of it apart from the gallery, which nobody can read without it."


def opened(place: str | None, key: Path | None, embedder_sha256: str | None = None, *, migrate: bool = False) -> Gallery:
    """The gallery that the options name. A key that is made now is told of on stderr."""
    from kenali.faces.gallery.places import open_gallery

    def tell(path: Path) -> None:
        typer.echo(f"A key was made at {path}: {_KEEP_IT}", err=True)

    return open_gallery(place, key, embedder_sha256, migrate=migrate, on_new_key=tell)


def gallery_if_any(place: str | None, key: Path | None, embedder_sha256: str | None) -> AbstractContextManager[Gallery | None]:
    """The gallery that the options or the environment name, or that lies in the user's data folder; None where none does."""
    from kenali.faces.gallery.places import gallery_place

    if place or os.environ.get("KENALI_GALLERY") or Path(gallery_place()).exists():
        return opened(place, key, embedder_sha256)
    return nullcontext()


def actor() -> str:
    """Who uses the command line, for the audit."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without a user of that number
        return "command line"


def day(text: str | None, option: str) -> date | None:
    """The date YYYY-MM-DD, None for None; a usage error (exit 2) for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"expected a date such as 2027-01-31, got {text!r}", param_hint=option) from None
