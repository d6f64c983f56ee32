"""A training for each fold: a folder with its runs, and `folds.json`, which tells how far it came.

It is written whole before the first training and after each, so one that was broken off goes on with what is missing.
The runs belong to the project like any others, once they are complete.
"""

import json
import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.project import atomic
from core.project.runs import FOLDS as FILE_NAME
from core.project.runs import new_folder
from core.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Folds:
    """`rows` are those of the folds that are done, in order: `fold`, and what it was judged to be. `recipe` has the
    number of folds."""

    folder: Path
    recipe: Recipe
    rows: Sequence[Mapping[str, Any]] = ()

    @property
    def complete(self) -> bool:
        return len(self.rows) == self.recipe.split.folds

    def run(self, fold: int) -> Path:
        return self.folder / f"fold-{fold}"

    def result(self) -> dict[str, Any]:
        """The `cross_validate` fields: `folds` [{fold, accuracy, balanced_accuracy, low, high, images, run}], `images`,
        `mean` and `spread`, the standard deviation of the accuracy over folds, `run`."""
        accuracies = [row["accuracy"] for row in self.rows]
        return {
            "run": str(self.folder),
            "folds": [{**row, "run": str(self.run(row["fold"]))} for row in self.rows],
            "images": sum(row["images"] for row in self.rows),
            "mean": statistics.mean(accuracies),
            "spread": statistics.stdev(accuracies),
        }

    def write(self) -> None:
        """Raises UserError DISK_FULL, CANNOT_WRITE."""
        kept = {"recipe": json.loads(self.recipe.to_json()), "rows": [dict(row) for row in self.rows]}
        atomic.write_json(self.folder / FILE_NAME, kept)


def create_folds(folder: Path, recipe: Recipe) -> Folds:
    """Raises UserError RUN_EXISTS or CANNOT_WRITE."""
    new_folder(folder)
    folds = Folds(folder, recipe)
    folds.write()
    return folds


def read_folds(folder: Path) -> Folds | None:
    """None where there are none that can be read."""
    try:
        kept = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return Folds(folder, Recipe.model_validate(kept["recipe"]), tuple(kept["rows"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def folds_in(folder: Path) -> list[Folds]:
    """Those below `folder`, the oldest name first."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [found for name in names if (found := read_folds(folder / name)) is not None]
