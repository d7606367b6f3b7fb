"""`kenali learning-rate`: which one suits a recipe's network and these photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import Json, Language, Photos, one_of, print_json, progress_bar, tells_errors


@tells_errors
def learning_rate(
    photos: Photos,
    recipe: Annotated[str, typer.Option(metavar="NAME|FILE", help="Recipe that trains a network.")] = "fine-tune",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Page with the plot.")] = Path("learning-rate.html"),
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Find a learning rate.

    Trains for a moment at ever higher rates and draws the loss; the weights are thrown away.
    """
    from kenali.training.finder import find_learning_rate
    from kenali.training.recipe import load_recipe

    one_of(language, ("en", "id"), "--lang")
    chosen = load_recipe(recipe)
    with progress_bar() as show:
        sweep = find_learning_rate(photos, chosen, out, language=language, progress=show)
    if as_json:
        print_json({"suggestion": sweep.suggestion, "rates": sweep.rates, "losses": sweep.losses, "page": str(out)})
        return
    typer.echo(f"Learning rate: {sweep.suggestion:.1e} (a tenth of where the loss was lowest)\nPlot: {out}")
