"""What the window knows of the pictures without holding them: read from the index, off the window's thread."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import Problem, UserError

if TYPE_CHECKING:
    from core.project.index import ClassRow, Index, Shapes, TwinGroup


@dataclass(frozen=True, slots=True)
class ShelfFacts:
    """`shown` pictures could be read; of these `unlabelled` have no class and `excluded` were left out by the user."""

    shown: int = 0
    unlabelled: int = 0
    excluded: int = 0
    classes: "tuple[ClassRow, ...]" = ()
    problems: tuple[Problem, ...] = ()
    twins: "tuple[TwinGroup, ...]" = ()
    shapes: "Shapes | None" = None

    @property
    def class_names(self) -> list[str]:
        return [row.name for row in self.classes]


NOTHING = ShelfFacts()


def read_facts(project: Path) -> ShelfFacts:
    """What the index knows at the moment; nothing while there is no index."""
    found: ShelfFacts = ask_index(project, facts_of, NOTHING)
    return found


def facts_of(index: "Index") -> ShelfFacts:
    return ShelfFacts(
        shown=index.shown_count(),
        unlabelled=index.unlabelled_count(),
        excluded=index.excluded_count(),
        classes=tuple(index.classes()),
        problems=tuple(_told_once(index)),
        twins=tuple(index.twin_groups()),
        shapes=index.shapes(),
    )


def _told_once(index: "Index") -> list[Problem]:
    """All problems, but pictures without a class as one: there may be as many as pictures."""
    found = index.problems(unlabelled=False)
    without = index.unlabelled_count()
    return [Problem("UNLABELLED_PICTURES", "", {"count": without}), *found] if without else found


def ask_index(project: Path, question: "Callable[[Index], Any]", nothing: Any) -> Any:
    """The answer of the index; `nothing` while there is none."""
    from core.project.index import Index

    try:
        with Index.open(project, read_only=True) as index:
            return question(index)
    except UserError as error:
        if error.code == "NO_SUCH_FILE":
            return nothing
        raise
