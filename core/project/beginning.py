"""The recipe with which work on a folder begins."""

from pathlib import Path

from core.recipe import Recipe, load_recipe
from resources import samples


def first_recipe(folder: Path) -> Recipe:
    """The usual choices; for the sample pictures those of somebody who knows them: under a microscope any side may be
    up, and the colour of the stain says nothing."""
    if folder.absolute() == samples.PICTURES:
        return load_recipe(samples.RECIPE).with_value("data.folder", str(folder))
    return Recipe().with_value("data.folder", str(folder))
