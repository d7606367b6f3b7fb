"""`kenali study`: one question about training, answered on your own photos by repeated runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kenali.cli.console import GroupBy, Json, Language, Photos, one_of, print_json, progress_bar, tells_errors

study = typer.Typer(
    help="Answer a question by repeated runs: tables, plots and plain words.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="DIR", help="Folder of the study (default study-KIND).", show_default=False),
]
Seeds = Annotated[int, typer.Option(min=1, max=100, help="How often each setting is repeated, with other draws.")]
ChosenRecipe = Annotated[str | None, typer.Option("--recipe", metavar="NAME|FILE", help="Recipe to study.", show_default=False)]
Epochs = Annotated[int | None, typer.Option(min=1, help="Epochs, where the recipe trains a network.", show_default=False)]


@study.command("learning-rate")
@tells_errors
def learning_rate(
    photos: Photos,
    out: Out = None,
    rates: Annotated[str, typer.Option(metavar="R,R,...", help="Learning rates to compare.")] = "0.1,0.001,0.000001",
    recipe: ChosenRecipe = None,
    epochs: Epochs = None,
    seeds: Seeds = 3,
    group_by: GroupBy = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Which learning rate suits a network.

    The recipe is xray-small where none is named. A rate that goes astray is a result, not an error.
    """
    _run("learning-rate", photos, out, recipe, epochs, seeds, group_by, language, as_json, rates=_numbers(rates, "--rates"))


@study.command("data-amount")
@tells_errors
def data_amount(
    photos: Photos,
    out: Out = None,
    amounts: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Photos of each class (default 20,50,100,... as far as they go).")
    ] = None,
    recipe: ChosenRecipe = None,
    epochs: Epochs = None,
    seeds: Seeds = 3,
    group_by: GroupBy = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """How much more photos help, and what still more would bring."""
    chosen = tuple(round(amount) for amount in _numbers(amounts, "--amounts")) if amounts else None
    _run("data-amount", photos, out, recipe, epochs, seeds, group_by, language, as_json, amounts=chosen)


@study.command()
@tells_errors
def robustness(
    photos: Photos,
    out: Out = None,
    recipe: ChosenRecipe = None,
    epochs: Epochs = None,
    seeds: Seeds = 3,
    group_by: GroupBy = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """How a model fares on worse photos.

    It learns from photos as they are; test photos are made grey, blurred, noisy, compressed, dark, bright and turned.
    """
    _run("robustness", photos, out, recipe, epochs, seeds, group_by, language, as_json)


@study.command()
@tells_errors
def networks(
    photos: Photos,
    out: Out = None,
    networks: Annotated[
        str | None,
        typer.Option(metavar="NAME,NAME,...", help="Networks (default Kenali's backbones and those of a study)."),
    ] = None,
    recipe: ChosenRecipe = None,
    epochs: Epochs = None,
    seeds: Seeds = 3,
    group_by: GroupBy = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """What larger networks bring, and cost.

    Accuracy against parameters, time a step, time a photo and model size.
    """
    names = tuple(name.strip() for name in networks.split(",") if name.strip()) if networks else None
    _run("networks", photos, out, recipe, epochs, seeds, group_by, language, as_json, networks=names)


@study.command()
@tells_errors
def options(
    photos: Photos,
    out: Out = None,
    recipe: ChosenRecipe = None,
    epochs: Epochs = None,
    seeds: Seeds = 3,
    group_by: GroupBy = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """What tuned options bring, alone and together."""
    _run("options", photos, out, recipe, epochs, seeds, group_by, language, as_json)


@study.command()
@tells_errors
def augmentation(
    photos: Photos,
    out: Out = None,
    recipe: ChosenRecipe = None,
    epochs: Epochs = None,
    seeds: Seeds = 3,
    group_by: GroupBy = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Whether augmentation helps: none, dynamic, static, both."""
    _run("augmentation", photos, out, recipe, epochs, seeds, group_by, language, as_json)


def _run(
    kind: str,
    photos: Path,
    out: Path | None,
    recipe: str | None,
    epochs: int | None,
    seeds: int,
    group_by: str | None,
    language: str,
    as_json: bool,
    **grid: Any,
) -> None:
    from kenali.study import Grid, run_study
    from kenali.study.plans import default_recipe
    from kenali.training.recipe import load_recipe

    one_of(language, ("en", "id"), "--lang")
    folder = out or Path(f"study-{kind}")
    chosen = load_recipe(recipe, epochs=epochs) if recipe else default_recipe(kind, epochs)
    with progress_bar() as show:
        result = run_study(
            kind,
            photos,
            folder,
            recipe=chosen,
            seeds=seeds,
            grid=Grid(**grid),
            group_by=group_by,
            language=language,
            progress=show,
            begun_anew=lambda remark: typer.echo(remark, err=True),
        )
    if as_json:
        print_json(result.document | {"folder": str(folder)})
        return
    headline, *sentences = result.document["answer"]
    typer.echo(headline)
    for sentence in sentences:
        typer.echo(f"  {sentence}")
    typer.echo(f"\nPage:   {folder / 'index.html'}\nTables: {folder / 'table.md'}, {folder / 'study.csv'}")


def _numbers(text: str, option: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"expected numbers with commas between them, got {text!r}", param_hint=option) from None
