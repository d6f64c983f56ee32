"""Edits that can be undone: of the recipe, and of the pictures' labels."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QUndoCommand

if TYPE_CHECKING:
    from core.recipe import Recipe

# What one picture was or is to be: label (None: as it is) and excluded (None: as it is).
Edit = tuple[str | None, bool | None]


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


class PictureEdit(QUndoCommand):
    """Relabel or exclude some pictures: `before` and `after` by picture id."""

    def __init__(
        self,
        text: str,
        before: Mapping[int, Edit],
        after: Mapping[int, Edit],
        apply: Callable[[Mapping[int, Edit]], Any],
    ) -> None:
        super().__init__(text)
        self._before, self._after, self._apply = dict(before), dict(after), apply

    def redo(self) -> None:
        self._apply(self._after)

    def undo(self) -> None:
        self._apply(self._before)


def grouped(edits: Mapping[int, Edit]) -> dict[Edit, tuple[int, ...]]:
    """Pictures that are to become the same, together: each group is one request."""
    groups: dict[Edit, list[int]] = {}
    for picture, edit in edits.items():
        groups.setdefault(edit, []).append(picture)
    return {edit: tuple(pictures) for edit, pictures in groups.items()}
