"""`kenali organize`: the usable photos, copied into clean class folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import Json, Photos, print_json, progress_bar, tells_errors


@tells_errors
def organize(
    photos: Photos,
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="New or empty folder for the copies.")],
    only: Annotated[
        Path | None, typer.Option(metavar="LEDGER.csv", help="Copy only the photos in this cut of a ledger.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy the usable photos into class folders.

    They are named `class (1).jpg` onward. Nothing is overwritten or moved.
    """
    from kenali.cache import Cache
    from kenali.photos import organize as copy_photos
    from kenali.photos import scan

    with Cache() as cache, progress_bar() as show:
        scanned = scan(photos, facts_store=cache, progress=lambda n, total: show("scan", n, total))
        copies = copy_photos(scanned, dest, only=only)
    if as_json:
        pairs = [{"source": str(source), "copy": str(copy)} for source, copy in copies]
        print_json({"copied": len(pairs), "dest": str(dest), "files": pairs})
        return
    typer.echo(f"Copied {len(copies)} photos to {dest}; {dest / 'organized.csv'} says which is which.")
