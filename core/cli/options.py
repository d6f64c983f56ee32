"""What several commands take, and the recipe that they make of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from core.recipe import Recipe

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line; the last is the result.")]
Folder = Annotated[
    Path, typer.Argument(help="A folder of pictures, a .csv or .tsv that lists them, or a .zip or .tar of either.")
]
Added = Annotated[
    list[Path] | None,
    typer.Option("--add", metavar="<path>", help="A further folder, table or archive. May be repeated."),
]
Backbone = Annotated[
    str | None, typer.Option("--backbone", metavar="<name>", help="A name from `graft backbones list`.")
]
RecipeFile = Annotated[
    Path | None, typer.Option("--recipe", metavar="<path>", help="A recipe in JSON, as `graft recipe show` writes it.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="<field=value>", help="One choice, as in strategy.kind=fine_tune_top. May be repeated."
    ),
]
Conflict = Annotated[
    str | None,
    typer.Option("--on-conflict", metavar="<fail|exclude>", help="What to do with a picture in two classes."),
]


def project_of(folder: Path) -> str:
    from core.project.places import default_project

    return str(default_project(folder))


def recipe_from(
    folder: Path | None,
    json: bool,
    backbone: str | None = None,
    recipe: Path | None = None,
    settings: list[str] | None = None,
    on_conflict: str | None = None,
    add: list[Path] | None = None,
) -> "Recipe":
    """The recipe of a command: from its file, then --set, then its own options. Leaves with status 3 if it is bad."""
    from core.cli.running import fail
    from core.errors import UserError
    from core.project.beginning import recipe_for
    from core.recipe import Recipe, load_recipe, with_settings

    try:
        chosen = load_recipe(recipe) if recipe else recipe_for(folder) if folder else Recipe()
        chosen = with_settings(chosen, settings or [])
        own: dict[str, Any] = {"backbone.name": backbone, "data.on_conflict": on_conflict}
        own["data.folder"] = str(folder.absolute()) if folder else None
        own["data.more_folders"] = [str(path.absolute()) for path in add] if add else None
        for path, value in own.items():
            if value is not None:
                chosen = chosen.with_value(path, value)
    except UserError as error:
        raise fail(error, json) from None
    return chosen
