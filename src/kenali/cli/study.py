"""`kenali study`: one question about training, answered on your own photos by repeated runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

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
    tell_answer,
    tells_errors,
)

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


def _run(
    kind: str,
    grid: dict[str, Any],
    photos: Photos,
    out: Out = None,
    recipe: ChosenRecipe = None,
    epochs: Epochs = None,
    seeds: Seeds = 3,
    group_by: GroupBy = None,
    on: On = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """What every study does; from `photos` on, these are the options of every command."""
    from kenali.study import Grid, run_study
    from kenali.study.plans import default_recipe
    from kenali.training.recipe import load_recipe

    one_of(language, ("en", "id"), "--lang")
    folder = out or Path(f"study-{kind}")
    chosen = load_recipe(recipe, epochs=epochs) if recipe else default_recipe(kind, epochs)
    with _cells_on(on) as (run_cells, ran), progress_bar() as show:
        result = run_study(
            kind,
            photos,
            folder,
            recipe=chosen,
            seeds=seeds,
            grid=Grid(**grid),
            group_by=group_by,
            language=language,
            run_cells=run_cells,
            ran=ran,
            progress=show,
            begun_anew=lambda remark: typer.echo(remark, err=True),
        )
    if as_json:
        print_json(result.document | {"folder": str(folder)})
        return
    tell_answer(result.document["answer"])
    typer.echo(f"\nPage:   {folder / 'index.html'}\nTables: {folder / 'table.md'}, {folder / 'study.csv'}")


def _cells_on(on: str | None) -> Any:
    """A context that gives what runs the cells, and where: None twice for this process."""
    if on is None:
        return nullcontext((None, None))
    from kenali.scale.study import cells_on

    return cells_on(on)


def _command(kind: str) -> Callable[[Callable[..., dict[str, Any]]], None]:
    """Make a function from a study's own options to its grid the command `kind`, with the options of every study too."""

    def make(settings: Callable[..., dict[str, Any]]) -> None:
        own = inspect.signature(settings, eval_str=True).parameters
        _, _, *shared = inspect.signature(_run, eval_str=True).parameters.values()

        def command(**given: Any) -> None:
            _run(kind, settings(**{name: given.pop(name) for name in own}), **given)

        parameters = [*shared[:2], *own.values(), *shared[2:]]
        command.__doc__ = settings.__doc__
        command.__annotations__ = {one.name: one.annotation for one in parameters}
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        study.command(kind)(tells_errors(command))

    return make


@_command("learning-rate")
def _learning_rate(
    rates: Annotated[str, typer.Option(metavar="R,R,...", help="Learning rates to compare.")] = "0.1,0.001,0.000001",
) -> dict[str, Any]:
    """Which learning rate suits a network.

    The recipe is xray-small where none is named. A rate that goes astray is a result, not an error.
    """
    return {"rates": _numbers(rates, "--rates")}


@_command("data-amount")
def _data_amount(
    amounts: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Photos of each class (default 20,50,100,... as far as they go).")
    ] = None,
) -> dict[str, Any]:
    """How much more photos help, and what still more would bring."""
    return {"amounts": tuple(round(amount) for amount in _numbers(amounts, "--amounts"))} if amounts else {}


@_command("robustness")
def _robustness() -> dict[str, Any]:
    """How a model fares on worse photos.

    It learns from photos as they are; test photos are made grey, blurred, noisy, compressed, dark, bright and turned.
    """
    return {}


@_command("networks")
def _networks(
    networks: Annotated[
        str | None,
        typer.Option(metavar="NAME,NAME,...", help="Networks (default Kenali's backbones and those of a study)."),
    ] = None,
) -> dict[str, Any]:
    """What larger networks bring, and cost.

    Accuracy against parameters, time a step, time a photo and model size.
    """
    return {"networks": tuple(name.strip() for name in networks.split(",") if name.strip())} if networks else {}


@_command("options")
def _options() -> dict[str, Any]:
    """What tuned options bring, alone and together."""
    return {}


@_command("augmentation")
def _augmentation() -> dict[str, Any]:
    """Whether augmentation helps: none, dynamic, static, both."""
    return {}


def _numbers(text: str, option: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"expected numbers with commas between them, got {text!r}", param_hint=option) from None
