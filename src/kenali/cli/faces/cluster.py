"""`kenali faces cluster`: who belongs together in photos without names."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import Json, print_json, progress_bar, tells_errors
from kenali.cli.faces.identify import ThresholdOption
from kenali.cli.faces.options import GalleryPlace, KeyFile, Networks, gallery_if_any


@tells_errors
def cluster(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Photos, folders, patterns, ZIPs; - reads stdin.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DEST", help="Copy the photos here, a new folder for each person found."),
    ] = None,
    gallery: GalleryPlace = None,
    key: KeyFile = None,
    threshold: ThresholdOption = None,
    networks: Networks = None,
    as_json: Json = False,
) -> None:
    """Sort unnamed photos by person: folders to look through, name and enrol.

    A photo of several people lies in each of their folders.
    """
    from kenali.faces.reader import FaceReader
    from kenali.faces.sorting import sort_by_person, write_folders
    from kenali.faces.specs import read_specs
    from kenali.faces.thresholds import thresholds_for
    from kenali.inputs import photo_inputs

    specs = read_specs(networks)
    read = FaceReader(specs)
    with gallery_if_any(gallery, key, read.embedder.sha256) as held:
        record = held.threshold() if held else None
    limits = thresholds_for(record, read.embedder.sha256, specs.embedder.file is None, threshold)
    photos = list(photo_inputs(paths, sys.stdin))
    with progress_bar() as show:
        found = sort_by_person(photos, read, limits.verify, show)
    if out:
        write_folders(out, found, photos)
    if as_json:
        print_json(
            {
                "people": [
                    {"name": person.name, "paths": list(person.paths), "faces": person.faces} for person in found.people
                ],
                "without_face": list(found.without_face),
                "errors": [{"path": path, "error": why} for path, why in found.errors],
                "threshold": limits.verify,
            }
        )
        return
    for person in found.people:
        typer.echo(f"{person.name}: {person.faces} face{'' if person.faces == 1 else 's'}")
        for path in person.paths if out is None else ():
            typer.echo(f"  {path}")
    typer.echo(f"{len(found.without_face)} photos show no face, {len(found.errors)} cannot be read.", err=True)
    if out:
        typer.echo(f"Photos: {out}")
