"""`graft recipe`: every choice that determines a run, shown and explained."""

import json as to_json
from typing import Annotated

import typer

from core.cli.options import Json, RecipeFile, Settings, recipe_from

recipes = typer.Typer(help="The recipe: every choice that determines a run.", no_args_is_help=True)


@recipes.command("show")
def show_recipe(file: RecipeFile = None, settings: Settings = None, json: Json = False) -> None:
    """A recipe in full: the default one, or a file's, with changes."""
    from core.cli.printing import json_line

    recipe = recipe_from(None, json, recipe=file, settings=settings)
    if json:
        json_line({"event": "result", "recipe": recipe.model_dump()})
    else:
        typer.echo(recipe.to_json())


@recipes.command("schema")
def recipe_schema(json: Json = False) -> None:
    """The recipe's JSON schema."""
    from core.cli.printing import json_line
    from core.recipe import Recipe

    schema = Recipe.model_json_schema()
    if json:
        json_line({"event": "result", "schema": schema})
    else:
        typer.echo(to_json.dumps(schema, indent=2))


@recipes.command("explain")
def explain_field(
    field: Annotated[str, typer.Argument(help="As in optimizer.kind; optimizer alone explains all of that part.")],
    json: Json = False,
) -> None:
    """What a choice does, its range and its unit."""
    from core.cli import telling
    from core.cli.running import fail
    from core.errors import UserError
    from core.recipe import field_row, field_rows

    try:
        rows = [row for row in field_rows() if row.path.startswith(f"{field}.")] or [field_row(field)]
    except UserError as error:
        raise fail(error, json) from None
    telling.fields(rows, json)
