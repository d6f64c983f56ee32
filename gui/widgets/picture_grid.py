"""The virtual grid of thumbnails: several may be chosen, the size follows a slider, keys do the work."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QDrag, QKeyEvent, QPixmap
from PySide6.QtWidgets import QListView

from gui import theme
from gui.widgets.even_grid import EvenGrid
from gui.widgets.picture_cell import PictureCell, dragged
from gui.widgets.picture_model import PictureModel

if TYPE_CHECKING:
    from core.project.index import Picture


class PictureGrid(EvenGrid):
    """Signals tell what the user's keys ask for; the page does it."""

    exclude_asked = Signal()
    look_asked = Signal()
    class_asked = Signal(int)  # the number key, 1 to 9
    name_asked = Signal()  # a class is to be typed
    group_asked = Signal(bool)  # together, or apart again

    def __init__(self, model: PictureModel) -> None:
        cell = PictureCell()
        super().__init__(model, cell)
        cell.setParent(self)
        self._cell, self._pictures = cell, model
        self.setObjectName("grid")
        self._standing: tuple[list[int], int, int] = ([], -1, 0)  # chosen pictures, row, scrolled by
        self.setDragEnabled(True)
        self.setDragDropMode(QListView.DragDropMode.DragOnly)
        self.setAccessibleName(self.tr("Pictures"))
        self.doubleClicked.connect(lambda place: self.look_asked.emit())
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._come_back)
        theme.watcher().changed.connect(self.repaint_all)

    def set_side(self, side: int) -> None:
        self._cell.side = side
        self.updateGeometries()
        self.repaint_all()

    def set_colours(self, colour_of: "Callable[[Picture], QColor | None]") -> None:
        self._cell.colour_of = colour_of
        self.repaint_all()

    # What is chosen.

    @property
    def chosen(self) -> list[int]:
        """The numbers of the chosen pictures, in order."""
        ids = self._pictures.ids
        return [ids[row] for row in self.chosen_rows if row < len(ids)]

    def _remember(self) -> None:
        chosen = self.chosen_rows
        self._standing = (self.chosen, chosen[0] if chosen else -1, self.verticalScrollBar().value())

    def _come_back(self) -> None:
        """The same pictures stay chosen; if all of them left, the one that took the place of the first."""
        chosen, first, scrolled = self._standing
        rows = [row for row in map(self._pictures.row_of, chosen) if row >= 0]
        if chosen and not rows and self._model.rowCount():
            rows = [min(first, self._model.rowCount() - 1)]
        self.updateGeometries()
        self.verticalScrollBar().setValue(scrolled)
        self.select(rows)

    # What the user does.

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Thumbnails onto a class: the first of them and how many there are follow the mouse."""
        places = [self._model.index(row) for row in self.chosen_rows]
        if not places:
            return
        drag = QDrag(self)
        drag.setMimeData(self._model.mimeData(places))
        pixmap = self._model.data(places[0], Qt.ItemDataRole.DecorationRole)
        drag.setPixmap(dragged(pixmap if isinstance(pixmap, QPixmap) else None, len(places)))
        drag.exec(Qt.DropAction.MoveAction)

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        shifted = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        key = event.key()
        if plain and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.exclude_asked.emit()
        elif plain and key == Qt.Key.Key_Space:
            self.look_asked.emit()
        elif plain and Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            self.class_asked.emit(key - Qt.Key.Key_0)
        elif plain and key == Qt.Key.Key_C:
            self.name_asked.emit()
        elif (plain or shifted) and key == Qt.Key.Key_G:
            self.group_asked.emit(plain)
        else:
            super().keyPressEvent(event)
