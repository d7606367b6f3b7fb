"""`kenali train`: from photos to a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kenali.cli.console import GroupBy, Json, Language, Photos, one_of, percent, print_json, progress_bar, tells_errors


@tells_errors
def train(
    photos: Photos,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="BUNDLE", help="Folder of the bundle to write.")] = Path("bundle"),
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="Recipe (see kenali recipes); options here take precedence.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the split and the folds (default 0).")] = None,
    ratios: Annotated[str | None, typer.Option(metavar="T/V/T", help="Shares of train/val/test (default 80/0/20).")] = None,
    split: Annotated[Path | None, typer.Option(metavar="SPLIT.csv", help="Use this saved split.")] = None,
    group_by: GroupBy = None,
    backbone: Annotated[str | None, typer.Option(help="efficientnet_lite0 (default), _lite1 or _lite2.")] = None,
    golden: Annotated[int | None, typer.Option(help="Golden photos in the bundle (default 8; 0: drawn ones).")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs, where the recipe trains a network.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Learning rate, where the recipe trains a network.")] = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Train a classifier and write its bundle.

    A report in it says how far to trust it.
    """
    from kenali.training.recipe import load_recipe
    from kenali.training.run import train as run

    one_of(language, ("en", "id"), "--lang")
    shares = _shares(ratios) if ratios else None
    chosen = load_recipe(
        recipe, seed=seed, ratios=shares, backbone=backbone, golden=golden, epochs=epochs, learning_rate=learning_rate
    )
    with progress_bar() as show:
        result = run(photos, out, recipe=chosen, split_file=split, group_by=group_by, language=language, progress=show)
    if as_json:
        print_json(result.document)
        return
    for name, metrics in (("Test photos", result.metrics), ("Cross-validation", result.cross_validation)):
        if metrics:
            score = metrics.accuracy
            typer.echo(
                f"{name + ':':<18}{percent(score.value)} right of {score.n} "
                f"(95 % interval {percent(score.low)} to {percent(score.high)})"
            )
    for alarm in result.alarms:
        typer.echo(f"! {alarm.what}")
    typer.echo(f"\nBundle: {result.bundle}\nReport: {result.bundle / 'report' / 'index.html'}")


def _shares(ratios: str) -> tuple[float, ...]:
    try:
        shares = tuple(float(share) for share in ratios.split("/"))
    except ValueError:
        shares = ()
    if len(shares) != 3:
        raise typer.BadParameter(f"expected three shares such as 80/0/20, got {ratios!r}", param_hint="--ratios")
    return shares
