"""The recipe with which work on a folder begins."""

from pathlib import Path

from core.errors import UserError
from core.project.index import Index
from core.project.places import default_project
from core.recipe import Recipe, load_recipe, read_kept
from resources import samples

READING = (
    "layout", "table", "path_column", "label_column", "group_column", "part_column", "more_folders", "more_layouts"
)  # fmt: skip
"""The fields of `data` that say how a folder is read. They belong to the folder: scripts see it as the window does."""


def recipe_for(source: Path) -> Recipe:
    """The recipe with which a command on `source` begins: the usual one, pictures read as the project reads them."""
    recipe = first_recipe(source)
    try:
        with Index.open(default_project(source), read_only=True) as index:
            kept = index.recipe()
    except UserError:  # no project yet, or one that cannot be read: the command itself will say so
        return recipe
    if kept is None:
        return recipe
    return _read_like(recipe, read_kept(kept)[0])


def with_source(recipe: Recipe, source: Path) -> Recipe:
    """The same choices for other pictures, read as their own project reads them."""
    return _read_like(recipe.with_value("data.folder", str(source)), recipe_for(source))


def _read_like(recipe: Recipe, other: Recipe) -> Recipe:
    for name in READING:
        recipe = recipe.with_value(f"data.{name}", getattr(other.data, name))
    return recipe


def first_recipe(folder: Path) -> Recipe:
    """The usual choices; for the sample pictures those of somebody who knows them: under a microscope any side may be
    up, and the colour of the stain says nothing."""
    if folder.absolute() == samples.PICTURES:
        return load_recipe(samples.RECIPE).with_value("data.folder", str(folder))
    return Recipe().with_value("data.folder", str(folder))
