"""What the Runs page knows of a run: when it began, its recipe, its curve; read off the window's thread, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import UserError
from core.recipe import Recipe, differences, field_row
from gui import words
from gui.run_curve import read_curve
from gui.widgets.curve_data import CurveData

if TYPE_CHECKING:
    from gui.opening import RunFacts

UNSAID = ("data.folder",)  # differs only where the whole folder moved


@dataclass(frozen=True, slots=True)
class RunRecord:
    """`began` is a time stamp; `recipe` is None where it cannot be read."""

    facts: "RunFacts"
    began: float
    recipe: Recipe | None
    curve: CurveData

    @property
    def folder(self) -> Path:
        return self.facts.run.folder


@dataclass(frozen=True, slots=True)
class Line:
    """One run's curve among others; `strong` draws it thicker."""

    name: str
    data: CurveData
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """One choice in which two recipes differ, in words."""

    title: str
    before: str
    after: str


def read_records(runs: "Sequence[RunFacts]") -> list[RunRecord]:
    """For each run, in order."""
    records = []
    for facts in runs:
        recipe: Recipe | None = None
        began = 0.0
        try:
            began = (facts.run.folder / "recipe.json").stat().st_mtime
            recipe = facts.run.recipe
        except (OSError, UserError):
            pass
        records.append(RunRecord(facts, began, recipe, read_curve(facts.run.folder, single_steps=False)))
    return records


def changes(before: Recipe | None, after: Recipe | None) -> list[Difference]:
    """What was chosen differently; nothing where one of them is not known."""
    if before is None or after is None:
        return []
    return [
        Difference(words.field_title(field_row(path)), value_text(path, old), value_text(path, new))
        for path, (old, new) in differences(before, after).items()
        if path not in UNSAID
    ]


def value_text(path: str, value: object) -> str:
    """A recipe's value as a person would say it."""
    if value is None:
        return words.translate("Runs", "Graft's choice")
    if isinstance(value, bool):
        return words.translate("Runs", "on") if value else words.translate("Runs", "off")
    if isinstance(value, str):
        return words.choice_name(path, value) if field_row(path).kind == "choice" else value
    return f"{value:g}" if isinstance(value, float) else str(value)
