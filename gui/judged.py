"""Rows of a report as the Evaluate page shows them: a class, a picture, the worst confusion."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gui import words
from gui.widgets.number_table import Cell
from gui.widgets.probability_bars import probability_text
from gui.widgets.thumbnail_wall import ARROW, Tile

if TYPE_CHECKING:
    from gui.session import Session

WEAK = 0.5


def class_row(row: Mapping[str, Any]) -> list[Cell]:
    """Name, pictures, recall, precision, f1; below a half a figure is marked, not by colour alone."""
    name = Cell(str(row.get("name", "")), tip=str(row.get("name", "")))
    support = Cell(words.count(int(row.get("support") or 0)), role="quiet")
    return [name, support, *(_share(row.get(key)) for key in ("recall", "precision", "f1"))]


def _share(value: float | None) -> Cell:
    if value is None:
        return Cell("–", role="quiet")
    text = words.percent(value)
    return Cell(f"! {text}", role="careful") if value < WEAK else Cell(text)


def judged_tile(session: "Session", row: Mapping[str, Any], elsewhere: Path | None = None) -> Tile:
    """One judged picture: `truth → answer` and how sure. `elsewhere` is another folder that was judged."""
    path, truth, answer = str(row.get("path", "")), str(row.get("truth", "")), str(row.get("answer", ""))
    picture = session.picture_at(path) if elsewhere is None else None
    folder = elsewhere or session.folder
    file = folder / path if folder is not None else Path(path)
    sure = words.translate("Judged", "{share} sure").format(share=probability_text(float(row.get("probability") or 0)))
    wrong = truth != answer
    return Tile(
        picture=session.thumbnail_of(picture) if picture is not None else file,
        title=f"{truth}{ARROW}{answer}" if wrong else truth,
        detail=sure,
        tip=path,
        role="bad" if wrong else "text",
        file=file,
    )


def worst_pair(confusion: Sequence[Sequence[int]], names: Sequence[str]) -> tuple[str, str] | None:
    """The pair of classes with the most mistakes: truth and answer."""
    pairs = [
        (count, truth, answer)
        for truth, row in enumerate(confusion)
        for answer, count in enumerate(row)
        if truth != answer and count
    ]
    if not pairs:
        return None
    _, truth, answer = max(pairs)
    return names[truth], names[answer]
