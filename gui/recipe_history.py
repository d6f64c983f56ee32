"""Edits of the recipe that can be undone."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

if TYPE_CHECKING:
    from core.recipe import Recipe

MERGE_SECONDS = 1.0  # a slider that is dragged is one edit


class RecipeEdit(QUndoCommand):
    """One step from a recipe to another. Quick steps on the same single field (`path`) become one."""

    def __init__(
        self, text: str, before: "Recipe", after: "Recipe", apply: Callable[["Recipe"], None], path: str = ""
    ) -> None:
        super().__init__(text)
        self._before, self._after, self._apply, self._path = before, after, apply, path
        self._when = time.monotonic()

    def redo(self) -> None:
        self._apply(self._after)

    def undo(self) -> None:
        self._apply(self._before)

    def id(self) -> int:
        return 1 if self._path else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, RecipeEdit) or other._path != self._path:
            return False
        if other._when - self._when > MERGE_SECONDS:
            return False
        self._after, self._when = other._after, other._when
        self.setObsolete(self._after == self._before)
        return True
