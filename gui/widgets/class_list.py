"""The classes with their colours, number keys, counts and how the counts compare; pictures are dropped onto them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QListView, QMenu

from gui import theme, words
from gui.why import Why, explain
from gui.widgets.class_cell import ClassCell
from gui.widgets.class_model import ClassModel, Kind, Row

if TYPE_CHECKING:
    from gui.shelf_facts import ShelfFacts


class ClassList(QListView):
    """`chosen` tells the row that is chosen. F2 renames, a class dropped onto another is merged into it, pictures
    dropped onto a class belong to it; the context menu has it all."""

    chosen = Signal(object)
    renamed = Signal(str, str)
    merged = Signal(str, str)
    coloured = Signal(str, int)
    pictures_dropped = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.locked = False
        self._model, self._delegate = ClassModel(), ClassCell(self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.setDragDropMode(QListView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(True)
        self.setAccessibleName(self.tr("Classes"))
        explain(self, Why(self.tr("Classes"), words.say(_WHY)))
        self.selectionModel().currentChanged.connect(self._moved)
        self._model.renamed.connect(self._rename)
        self._model.class_dropped.connect(self.merged)
        self._model.pictures_dropped.connect(self.pictures_dropped)
        theme.watcher().changed.connect(self._repaint)

    def _repaint(self, *_: object) -> None:
        """A method of its own: Qt forgets it together with the view, which it cannot do with a lambda."""
        self.viewport().update()

    def show_facts(self, facts: "ShelfFacts") -> None:
        """All classes in their places; the choice stays where it was."""
        rows = [Row("all", "", sum(row.count for row in facts.classes))]
        rows += [
            Row("class", row.name, row.count, number if number <= 9 else 0, row.colour)
            for number, row in enumerate(facts.classes, 1)
        ]
        if facts.unlabelled:
            rows.append(Row("unlabelled", "", facts.unlabelled))
        if facts.excluded:
            rows.append(Row("excluded", "", facts.excluded))
        if rows == self._model.rows:
            return
        standing = self.current
        self._delegate.largest = max((row.count for row in facts.classes), default=1)
        same = [(row.kind, row.name) for row in rows] == [(row.kind, row.name) for row in self._model.rows]
        if same:
            self._model.rows = rows
            self._model.dataChanged.emit(self._model.index(0), self._model.index(len(rows) - 1))
            return
        kept = self._place_of(standing, rows)
        self.selectionModel().blockSignals(True)
        self._model.beginResetModel()
        self._model.rows = rows
        self._model.endResetModel()
        self.setCurrentIndex(self._model.index(kept))
        self.selectionModel().blockSignals(False)
        if (rows[kept].kind, rows[kept].name) != (standing.kind, standing.name):
            self.chosen.emit(rows[kept])

    def _place_of(self, standing: Row, rows: Sequence[Row]) -> int:
        """Where the chosen row is now; one that was renamed is where it was."""
        names = [(row.kind, row.name) for row in rows]
        if (standing.kind, standing.name) in names:
            return names.index((standing.kind, standing.name))
        place = self.currentIndex().row()
        before = {(row.kind, row.name) for row in self._model.rows}
        return place if 0 <= place < len(names) and names[place] not in before else 0

    @property
    def rows(self) -> Sequence[Row]:
        return self._model.rows

    @property
    def current(self) -> Row:
        place = self.currentIndex()
        return self._model.rows[place.row()] if place.isValid() else Row("all", "", 0)

    def choose(self, kind: Kind, name: str = "") -> None:
        for number, row in enumerate(self._model.rows):
            if (row.kind, row.name) == (kind, name):
                self.setCurrentIndex(self._model.index(number))

    def begin_rename(self, name: str) -> None:
        self.choose("class", name)
        self.setFocus()
        self.edit(self.currentIndex())

    def menu_for(self, row: Row) -> QMenu:
        """What can be done with a class."""
        menu = QMenu(self)
        rename = menu.addAction(self.tr("Rename"))
        rename.setShortcut("F2")
        rename.triggered.connect(lambda: self.begin_rename(row.name))
        others = [other for other in self._model.rows if other.kind == "class" and other.name != row.name]
        into = menu.addMenu(self.tr("Merge into"))
        into.setEnabled(bool(others))
        for other in others:
            into.addAction(other.name).triggered.connect(
                lambda checked=False, name=other.name: self.merged.emit(row.name, name)
            )
        colours = menu.addMenu(self.tr("Colour"))
        for number, name in enumerate(theme.class_colour_names()):
            action = colours.addAction(_swatch(number), words.translate("Theme", name))
            action.setCheckable(True)
            action.setChecked(number == row.colour % len(theme.class_colour_names()))
            action.triggered.connect(lambda checked=False, number=number: self.coloured.emit(row.name, number))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = self.indexAt(event.pos()) if event.reason() == QContextMenuEvent.Reason.Mouse else self.currentIndex()
        if place.isValid() and self._model.rows[place.row()].kind == "class" and not self.locked:
            self._open_menu(place, event.globalPos())

    def _open_menu(self, place: QModelIndex, where: QPoint) -> None:
        menu = self.menu_for(self._model.rows[place.row()])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2 and self.locked:
            return
        super().keyPressEvent(event)

    def _rename(self, old: str, new: str) -> None:
        there = any(row.kind == "class" and row.name == new for row in self._model.rows)
        (self.merged if there else self.renamed).emit(old, new)

    def _moved(self, now: QModelIndex, before: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self._model.rows[now.row()])


def _swatch(number: int) -> QIcon:
    pixmap = QPixmap(16, 16)
    pixmap.fill(theme.class_colour(number))
    return QIcon(pixmap)


_WHY = words.QT_TRANSLATE_NOOP(
    "Words",
    "The bar compares how many pictures there are: a class with very few is learned badly, and its figures are "
    "unsure.\n\nThe number before a name is the key that moves chosen pictures to that class; or drag them onto it. F2 "
    "renames a class; dropped onto another it becomes part of that. The menu key or the right mouse button has all of "
    "this, and the colours. Folders and files stay as they are.",
)
