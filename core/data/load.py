"""From the index to the dataset of a run."""

import numpy as np

from core.data.dataset import Dataset, fingerprint
from core.data.selection import select_from
from core.errors import UserError
from core.project.index import Index
from core.recipe import Recipe


def load_dataset(index: Index, recipe: Recipe) -> Dataset:
    """The pictures that the recipe uses, by path, with their classes in order and the split applied.

    Raises UserError NO_IMAGES, NO_LABELS, CONFLICTS (where the recipe does not leave such pictures out), ONE_CLASS,
    BAD_VALUE.
    """
    folder = index.data_folder
    selection = select_from(index, index.pictures(), recipe)
    if not selection.used and any(problem.code == "NO_LABELS" for problem in selection.problems):
        raise UserError("NO_LABELS", count=sum(problem.code == "UNLABELLED" for problem in selection.left_out))
    if folder is None or not selection.used:
        raise UserError("NO_IMAGES", folder=str(folder or ""))
    if selection.conflicts and recipe.data.on_conflict == "fail":
        raise UserError("CONFLICTS", count=sum(len(group) for group in selection.conflicts))
    classes = tuple(selection.counts)
    if len(classes) == 1:
        raise UserError("ONE_CLASS", name=classes[0])
    number = {name: place for place, name in enumerate(classes)}
    paths = tuple(picture.path for picture in selection.used)
    hashes = tuple(picture.content_hash for picture in selection.used)
    labels = np.array([number[picture.label] for picture in selection.used], dtype=np.int64)
    parts = np.array(selection.parts, dtype=np.uint8)
    return Dataset(
        folder=folder,
        classes=classes,
        paths=paths,
        hashes=hashes,
        labels=labels,
        parts=parts,
        fingerprint=fingerprint(classes, paths, hashes, labels, parts),
        stamps=np.array([(picture.size, picture.mtime_ns) for picture in selection.used], dtype=np.int64),
        looks=np.array(selection.looks, dtype=np.int64),
        groups=np.array(selection.groups, dtype=np.int64),
    )
