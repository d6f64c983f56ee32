"""Every strategy on the same pictures, the same split and the same number of epochs; evidence instead of opinion."""

from pathlib import Path
from typing import Any

from core import requests
from core.errors import UserError
from core.events import Reporter
from core.jobs.advise import advise
from core.jobs.train import train
from core.recipe import STRATEGIES, Recipe, StrategyKind, fitting

EPOCHS = 4


def race(request: requests.Race, reporter: Reporter) -> dict[str, Any]:
    """Result: the `race` fields. Raises UserError RUN_EXISTS and what `train` raises."""
    out = Path(request.out)
    if out.exists():
        raise UserError("RUN_EXISTS", path=str(out))
    advice = advise(requests.Advise(project=request.project, recipe=request.recipe), reporter)
    rows = []
    kinds: tuple[StrategyKind, ...] = STRATEGIES if advice["pretrained"] else ("from_scratch",)
    for number, kind in enumerate(kinds):
        reporter.progress("race", number, len(kinds))
        recipe = _for_race(request.recipe, kind)
        run = str(out / kind)
        rows.append(_row(train(requests.Train(project=request.project, recipe=recipe, run=run), reporter)))
    rows.sort(key=lambda row: (-row["accuracy"], row["seconds"]))
    recommended = advice["strategy"]
    own = next((row["accuracy"] for row in rows if row["strategy"] == recommended), rows[0]["accuracy"])
    return {"strategies": rows, "recommended": recommended, "regret": rows[0]["accuracy"] - own}


def _for_race(recipe: Recipe, kind: StrategyKind) -> Recipe:
    chosen = fitting(recipe, kind)
    if recipe.training.epochs is None:
        chosen = chosen.with_value("training.epochs", EPOCHS)
    return chosen


def _row(result: dict[str, Any]) -> dict[str, Any]:
    judged = result["val"]
    if judged is None:
        raise UserError("BAD_RECIPE", reason="a race needs validation pictures")
    return {
        "strategy": result["strategy"],
        "accuracy": judged["accuracy"],
        "low": judged["low"],
        "high": judged["high"],
        "seconds": result["seconds"]["total"],
        "parameters_learned": result["parameters_learned"],
        "run": result["run"],
    }
