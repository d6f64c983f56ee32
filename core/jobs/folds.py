"""Cross-validation: one training for each fold, and what all of them together say."""

import statistics
from pathlib import Path
from typing import Any

from core import requests
from core.errors import UserError
from core.events import Reporter
from core.jobs.train import train

USUAL = 5


def cross_validate(request: requests.CrossValidate, reporter: Reporter) -> dict[str, Any]:
    """Result: `folds` [{fold, accuracy, balanced_accuracy, low, high, images, run}], `mean` and `spread`, the standard
    deviation of the accuracy over folds. Raises UserError RUN_EXISTS and what `train` raises."""
    out = Path(request.out)
    if out.exists():
        raise UserError("RUN_EXISTS", path=str(out))
    recipe = request.recipe
    if recipe.split.folds < 2:
        recipe = recipe.with_value("split.folds", USUAL)
    rows = []
    for fold in range(1, recipe.split.folds + 1):
        reporter.progress("folds", fold - 1, recipe.split.folds)
        run = str(out / f"fold-{fold}")
        one = recipe.with_value("split.fold", fold)
        rows.append(_row(fold, train(requests.Train(project=request.project, recipe=one, run=run), reporter)))
    accuracies = [row["accuracy"] for row in rows]
    return {
        "run": str(out),
        "folds": rows,
        "images": sum(row["images"] for row in rows),
        "mean": statistics.mean(accuracies),
        "spread": statistics.stdev(accuracies),
    }


def _row(fold: int, result: dict[str, Any]) -> dict[str, Any]:
    judged = result["val"]
    if judged is None:
        raise UserError("BAD_RECIPE", reason=f"fold {fold} holds no pictures to judge by")
    names = ("accuracy", "balanced_accuracy", "low", "high", "images")
    return {"fold": fold, **{name: judged[name] for name in names}, "run": result["run"]}
