"""`graft recipe`: every choice that determines a run, shown and explained."""

import typer

from core.cli.options import Json, RecipeFile, Settings, recipe_from

recipes = typer.Typer(help="The recipe: every choice that determines a run.", no_args_is_help=True)


@recipes.command("show")
def show_recipe(file: RecipeFile = None, settings: Settings = None, json: Json = False) -> None:
    """A recipe in full: the default one, or a file's, with changes."""
    typer.echo(recipe_from(None, json, recipe=file, settings=settings).to_json())


@recipes.command("schema")
def recipe_schema(json: Json = False) -> None:
    """The recipe's JSON schema."""
    from json import dumps

    from core.recipe import Recipe

    typer.echo(dumps(Recipe.model_json_schema(), indent=2))


@recipes.command("explain")
def explain_field(field: str, json: Json = False) -> None:
    """What one choice does, its range and its unit."""
    from core.cli import telling
    from core.cli.running import fail
    from core.errors import UserError
    from core.recipe import field_row

    try:
        row = field_row(field)
    except UserError as error:
        raise fail(error, json) from None
    telling.field(row, json)
