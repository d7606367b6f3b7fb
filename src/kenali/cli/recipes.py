"""`kenali recipes`: what can be trained, and every choice behind it."""

from __future__ import annotations

from typing import Annotated

import typer

from kenali.cli.console import Json, print_json, tells_errors

recipes = typer.Typer(help="List the recipes, or show one.", invoke_without_command=True, rich_markup_mode=None)


@recipes.callback()
def list_recipes(context: typer.Context) -> None:
    """List the recipes, or show one."""
    if context.invoked_subcommand is None:
        _list()


@tells_errors
def _list() -> None:
    from kenali.training.recipe import load_recipe, shipped_recipes

    for name in shipped_recipes():
        typer.echo(f"{name:<12} {load_recipe(name).about}")


@recipes.command()
@tells_errors
def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A shipped recipe or a TOML file.")],
    as_json: Json = False,
) -> None:
    """Print a recipe with every choice, as TOML to edit or as JSON with its number of parameters."""
    from kenali.training.recipe import load_recipe
    from kenali.training.size import parameters_of_recipe

    recipe = load_recipe(name)
    if as_json:
        print_json(recipe.model_dump(mode="json") | {"parameters": parameters_of_recipe(recipe)})
    else:
        typer.echo(recipe.to_toml(), nl=False)
