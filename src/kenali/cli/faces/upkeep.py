"""`kenali faces export`, `import`, `migrate` and `rekey`: the gallery as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import Json, print_json, tells_errors
from kenali.cli.faces.options import GalleryPlace, KeyFile, actor, opened


@tells_errors
def export_people(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new file: a JSON document a line.")],
    plain: Annotated[
        bool, typer.Option("--plain", help="For everybody to read. Default: sealed with the gallery's key.")
    ] = False,
    photos: Annotated[bool, typer.Option("--photos", help="With the photos that were kept.")] = False,
    gallery: GalleryPlace = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Write everybody to a file. The gallery remembers where, so that forgetting reaches it."""
    with opened(gallery, key_file) as people:
        from kenali.faces.gallery.exports import export_gallery

        number = export_gallery(people, out, plain=plain, photos=photos, actor=actor())
    if as_json:
        print_json({"file": str(out), "persons": number, "sealed": not plain})
    else:
        typer.echo(f"{number} people in {out}{'' if plain else ', sealed'}")


@tells_errors
def import_people(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export.")],
    from_key: Annotated[
        Path | None,
        typer.Option("--from-key", metavar="FILE", help="The key of the gallery that it is of, if that is another."),
    ] = None,
    gallery: GalleryPlace = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Enrol everybody in an export; what is enrolled already is not repeated."""
    with opened(gallery, key_file) as people:
        from kenali.faces.gallery.exports import import_gallery
        from kenali.faces.gallery.keys import read_key

        done = import_gallery(people, file, read_key(from_key) if from_key else None, actor=actor())
    added, repeated = sum(each.added for each in done), sum(each.repeated for each in done)
    if as_json:
        print_json({"persons": len(done), "added": added, "repeated": repeated})
    else:
        typer.echo(f"{len(done)} people: {added} faces enrolled, {repeated} enrolled before")


@tells_errors
def migrate(gallery: GalleryPlace = None, key_file: KeyFile = None) -> None:
    """Bring the tables of a database server up to date. An SQLite file needs none of this."""
    with opened(gallery, key_file, migrate=True) as people:
        typer.echo(f"{people.database.shown} is up to date")


@tells_errors
def rekey(
    new: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the new key: a new file.")],
    gallery: GalleryPlace = None,
    key_file: KeyFile = None,
) -> None:
    """Seal the gallery with a new key. Once the old one is destroyed, no backup from before can be read."""
    from kenali.errors import KenaliError

    if new.exists():
        raise KenaliError(f"{new} exists already: a new key is a new file")
    with opened(gallery, key_file) as people:
        from kenali.faces.gallery.keys import make_key
        from kenali.faces.gallery.lifecycle import rekey as seal_anew

        key = make_key(new)
        try:
            seal_anew(people, key, actor=actor())
        except KenaliError:
            new.unlink()
            raise
    typer.echo(f"The gallery opens with {new} from now on: keep a copy apart from it, and destroy the old key and its copies.")
