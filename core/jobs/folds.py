"""Cross-validation: one training for each fold, and what all of them together say."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import requests
from core.errors import UserError
from core.events import Reporter
from core.jobs.clock import Clock
from core.jobs.opening import open_dataset
from core.jobs.train import resume, train
from core.project.folds import Folds, create_folds, folds_in, read_folds
from core.project.runs import Run
from core.recipe import Recipe

USUAL = 5


def cross_validate(request: requests.CrossValidate, reporter: Reporter) -> dict[str, Any]:
    """Result: that of `core.project.folds.Folds`. What was broken off goes on in its folder.

    Raises UserError RUN_EXISTS, DATA_CHANGED and what `train` raises.
    """
    recipe = request.recipe
    if recipe.split.folds < 2:
        recipe = recipe.with_value("split.folds", USUAL)
    folds = _begun(request, recipe, reporter) or create_folds(Path(request.out), recipe)
    for fold in range(len(folds.rows) + 1, recipe.split.folds + 1):
        reporter.progress("folds", fold - 1, recipe.split.folds)
        result = _learn(folds.run(fold), request.project, recipe.with_value("split.fold", fold), reporter)
        folds = replace(folds, rows=(*folds.rows, _row(fold, result)))
        folds.write()
    return folds.result()


def _begun(request: requests.CrossValidate, recipe: Recipe, reporter: Reporter) -> Folds | None:
    """The same trainings, not yet complete, of the pictures as they are."""
    out = Path(request.out)
    around = folds_in(out.parent) if request.go_on else [read_folds(out)]
    found = next((one for one in around if one and one.recipe == recipe and not one.complete), None)
    if found is None or not found.rows:
        return found
    now = open_dataset(request.project, recipe.with_value("split.fold", 1), Clock(), reporter)
    if now.fingerprint == Run(found.run(1)).resolved["dataset"]:
        return found
    if request.go_on:
        return None  # what the folds say must be about the same pictures
    raise UserError("DATA_CHANGED")


def _learn(folder: Path, project: str, recipe: Recipe, reporter: Reporter) -> dict[str, Any]:
    """A fold's training, or the rest of it."""
    run = Run(folder)
    if (report := run.report) is not None:
        return report
    if (folder / "run.json").is_file():
        try:
            return resume(requests.Resume(run=str(folder)), reporter)
        except UserError as error:
            if error.code != "DATA_CHANGED":
                raise
    run.discard()  # nothing of it can be used
    return train(requests.Train(project=project, recipe=recipe, run=str(folder)), reporter)


def _row(fold: int, result: Mapping[str, Any]) -> dict[str, Any]:
    judged = result["val"]
    if judged is None:
        raise UserError("BAD_RECIPE", reason=f"fold {fold} holds no pictures to judge by")
    return {"fold": fold, **{name: judged[name] for name in ("accuracy", "balanced_accuracy", "low", "high", "images")}}
