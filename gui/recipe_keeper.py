"""The recipe of the open project: changed with undo, kept on disk a moment after the last change."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from gui import words
from gui.background import Background
from gui.recipe_history import RecipeEdit

if TYPE_CHECKING:
    from core.recipe import Recipe

STORE_MILLISECONDS = 300


class RecipeKeeper(QObject):
    changed = Signal(object, object)  # the recipe before and after
    not_kept = Signal(object)  # the exception

    def __init__(self, background: Background, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background, self._undo = background, undo
        self._recipe: Recipe | None = None
        self._project: Path | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STORE_MILLISECONDS)
        self._timer.timeout.connect(self._store)

    def fill(self, recipe: "Recipe | None", project: Path | None) -> None:
        """Begin with the recipe of a project; where `project` is None changes are not kept."""
        self._recipe, self._project = recipe, project

    @property
    def recipe(self) -> "Recipe":
        if self._recipe is None:
            from core.recipe import Recipe

            self._recipe = Recipe()
        return self._recipe

    def replace(self, recipe: "Recipe", text: str, path: str = "") -> None:
        if recipe != self.recipe:
            self._undo.push(RecipeEdit(text, self.recipe, recipe, self._take, path))

    def set_value(self, path: str, value: object) -> None:
        """Raises UserError BAD_VALUE."""
        from core.recipe import field_row

        recipe = self.recipe.with_value(path, value)
        title = words.field_title(field_row(path))
        self.replace(recipe, self.tr("Change “{field}”").format(field=title), path)

    def flush(self) -> None:
        """Write now what waits to be written."""
        if self._timer.isActive():
            self._timer.stop()
            self._store()

    def _take(self, recipe: "Recipe") -> None:
        before, self._recipe = self.recipe, recipe
        if self._project is not None:
            self._timer.start()
        self.changed.emit(before, recipe)

    def _store(self) -> None:
        project, recipe = self._project, self._recipe
        if project is None or recipe is None:
            return
        from gui.opening import store_recipe

        self._background.run(lambda: store_recipe(project, recipe), failed=self.not_kept.emit)
