"""`kenali augment`: the photos divided, with altered copies of the training part; and a sheet of what augmentation does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import GroupBy, Json, Language, Photos, one_of, print_json, progress_bar, tells_errors


@tells_errors
def augment(
    photos: Photos,
    dest: Annotated[
        Path | None, typer.Argument(metavar="DEST", help="New or empty folder for photos and copies.", show_default=False)
    ] = None,
    recipe: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="Recipe that says how to alter (see kenali recipes).")
    ] = "tyres",
    copies: Annotated[int | None, typer.Option(min=1, max=20, help="Copies of each training photo.")] = None,
    split: Annotated[Path | None, typer.Option(metavar="SPLIT.csv", help="Use this saved split.")] = None,
    group_by: GroupBy = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the split and the copies (default: the recipe's).")] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Page of altered examples (default DEST/sheet.html).")
    ] = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Divide the photos and lay altered copies beside the training part.

    A page shows what augmentation does to your photos; with --sheet and no DEST, it alone is written.
    """
    one_of(language, ("en", "id"), "--lang")
    if dest is None and sheet is None:
        raise typer.BadParameter("give a new folder, or --sheet FILE for the sheet alone", param_hint="DEST")
    from kenali.training.augment_folder import augment as run
    from kenali.training.recipe import load_recipe

    chosen = load_recipe(recipe, seed=seed)
    with progress_bar() as show:
        done = run(
            photos,
            dest,
            chosen,
            sheet=sheet,
            copies=copies,
            split_file=split,
            group_by=group_by,
            language=language,
            progress=show,
        )
    if as_json:
        counts = {"originals": done.originals, "copies": done.copies}
        print_json({"dest": dest and str(dest), "sheet": str(done.sheet), "recipe": chosen.name, "seed": chosen.seed} | counts)
        return
    if dest:
        parts = ", ".join(f"{n} {part}" for part, n in done.originals.items())
        typer.echo(f"{sum(done.originals.values())} photos ({parts}) and {done.copies} copies of training photos in {dest}")
        typer.echo(f"Every file: {dest / 'copies.csv'}")
    typer.echo(f"Sheet:      {done.sheet}")
