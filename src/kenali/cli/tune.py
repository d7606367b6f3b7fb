"""`kenali tune`: better values for a recipe, searched for on the training part."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import (
    Epochs,
    GroupBy,
    Json,
    Language,
    On,
    Photos,
    one_of,
    print_json,
    progress_bar,
    seconds_of,
    tell_answer,
    tells_errors,
)


@tells_errors
def tune(
    photos: Photos,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder of the search.")] = Path("tune"),
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="Recipe to begin from (default auto).", show_default=False)
    ] = None,
    epochs: Epochs = None,
    over: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME,...",
            help="What to search: learning_rate, weight_decay, augmentation, backbone; strength (default all of the recipe).",
        ),
    ] = None,
    trials: Annotated[int, typer.Option(min=2, max=10_000, help="How many different values to try in all.")] = 20,
    time: Annotated[
        str | None, typer.Option(metavar="TIME", help="The most time to search: 90s, 10m, 1h (default: until all are tried).")
    ] = None,
    group_by: GroupBy = None,
    on: On = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Search for a better recipe; the test part stays untouched.

    Trials that lag behind end early. Stopped searches go on when called again. Needs the extra scale, also on one machine.
    """
    from kenali.scale.tune import search_on
    from kenali.training.recipe import load_recipe
    from kenali.tuning import run_tuning

    one_of(language, ("en", "id"), "--lang")
    names = tuple(name.strip() for name in over.split(",") if name.strip()) if over else ()
    chosen, seconds = load_recipe(recipe, epochs=epochs), seconds_of(time, "--time")
    with search_on(on or "ray") as (search, ran), progress_bar() as show:
        result = run_tuning(
            photos,
            out,
            search,
            recipe=chosen,
            over=names,
            trials=trials,
            seconds=seconds,
            group_by=group_by,
            language=language,
            ran=ran,
            progress=show,
            begun_anew=lambda remark: typer.echo(remark, err=True),
        )
    if as_json:
        print_json(result.document | {"folder": str(out)})
        return
    tell_answer(result.document["answer"])
    typer.echo(f"\nRecipe: {out / 'recipe.toml'}\nPage:   {out / 'index.html'}\nTrials: {out / 'trials.csv'}")
