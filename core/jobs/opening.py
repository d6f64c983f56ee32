"""From a request to the pictures: the project's index, scanned, and the dataset that the recipe makes of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.backbones.catalogue import best_local, find
from core.data.dataset import Dataset
from core.data.load import load_dataset
from core.data.pictures import prepare
from core.data.scan import scan
from core.errors import UserError
from core.events import Reporter
from core.jobs.clock import Clock
from core.project import places
from core.project.index import Index
from core.recipe import Recipe
from core.training.threads import threads_for

if TYPE_CHECKING:
    from core.data.preprocessing import Preprocessing

USUAL_SIZE = 224


def scan_folder(project: str, recipe: Recipe, reporter: Reporter) -> dict[str, Any]:
    """Bring the project's index up to date with the data folder. Result: the `scan` fields."""
    folder = Path(recipe.data.folder)
    with Index.open(Path(project)) as index:
        return scan(folder, index, square_size(recipe), recipe.data.fit, recipe, reporter, threads_for(recipe))


def open_dataset(project: str, recipe: Recipe, clock: Clock, reporter: Reporter) -> Dataset:
    """Scan (an unchanged folder costs next to nothing) and apply the split.

    Raises UserError NO_SUCH_FOLDER, NO_PERMISSION, NO_IMAGES, ONE_CLASS, CONFLICTS.
    """
    with clock.measure("scan"):
        scan_folder(project, recipe, reporter)
        with Index.open(Path(project), read_only=True) as index:
            return load_dataset(index, recipe)


def only_unchanged(
    dataset: Dataset, preprocessing: "Preprocessing", threads: int, clock: Clock, reporter: Reporter
) -> Dataset:
    """Bring every picture into the cache, so that the files are not needed any more; those that changed or vanished
    since the scan are reported and left out."""
    with clock.measure("scan"):
        return prepare(dataset, preprocessing.size, preprocessing.fit, places.pictures_folder(), reporter, threads)


def square_size(recipe: Recipe) -> int:
    """The size in which the scan keeps pictures: that of the backbone which will most likely look at them."""
    if recipe.data.image_size is not None:
        return recipe.data.image_size
    try:
        entry = find(recipe.backbone.name) if recipe.backbone.name else best_local()
    except UserError:
        entry = None
    return entry.image_size if entry else USUAL_SIZE
