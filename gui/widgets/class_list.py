"""The classes with their colours, number keys, counts and how the counts compare; pictures are dropped onto them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui import theme, words
from gui.widgets import icons
from gui.widgets.picture_model import MIME as PICTURES

if TYPE_CHECKING:
    from gui.shelf_facts import ShelfFacts

ROW = 44
CLASS = "application/x-graft-class"
Place = QModelIndex | QPersistentModelIndex
Kind = Literal["all", "class", "unlabelled", "excluded"]


@dataclass(frozen=True, slots=True)
class Row:
    """A class, or (`kind`) all of them, the pictures without one, those left out. `number` is the key that relabels."""

    kind: Kind
    name: str
    count: int
    number: int = 0
    colour: int = 0

    @property
    def title(self) -> str:
        if self.kind == "all":
            return words.translate("ClassList", "All classes")
        if self.kind == "unlabelled":
            return words.translate("ClassList", "No class yet")
        return words.translate("ClassList", "Left out") if self.kind == "excluded" else self.name


class _Model(QAbstractListModel):
    renamed = Signal(str, str)
    pictures_dropped = Signal(object)
    class_dropped = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []

    def rowCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.EditRole:
            return row.name
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{row.title}: {words.count(row.count)}"
        return None

    def setData(self, index: Place, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        name, new = self.rows[index.row()].name, str(value).strip()
        if not new or new == name:
            return False
        self.renamed.emit(name, new)
        return True

    def flags(self, index: Place) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not index.isValid():
            return flags
        kind = self.rows[index.row()].kind
        if kind == "class":
            flags |= Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled
        return flags if kind == "all" else flags | Qt.ItemFlag.ItemIsDropEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [PICTURES, CLASS]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(CLASS, self.rows[indexes[0].row()].name.encode("utf-8", "surrogateescape"))
        return data

    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Place) -> bool:
        if not parent.isValid():
            return False
        onto = self.rows[parent.row()]
        if data.hasFormat(CLASS):
            return onto.kind == "class" and onto.name != _class_of(data)
        return data.hasFormat(PICTURES) and onto.kind != "all"

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Place) -> bool:
        if not self.canDropMimeData(data, action, row, column, parent):
            return False
        onto = self.rows[parent.row()]
        if data.hasFormat(CLASS):
            self.class_dropped.emit(_class_of(data), onto.name)
        else:
            self.pictures_dropped.emit(onto)
        return True


def _class_of(data: QMimeData) -> str:
    return bytes(data.data(CLASS).data()).decode("utf-8", "surrogateescape")


class _Delegate(QStyledItemDelegate):
    largest = 1

    def sizeHint(self, option: QStyleOptionViewItem, index: Place) -> QSize:
        return QSize(120, ROW)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Place) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(words.translate("ClassList", "New name of the class"))
        return editor

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Place) -> None:
        row: Row = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect).adjusted(0, 1, 0, -1)
        state: QStyle.StateFlag = option.state
        is_class = row.kind == "class"
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.colour("soft" if chosen else "hover"))
            painter.drawRoundedRect(rect, 6, 6)
        top = QRectF(rect.x() + 8, rect.y() + 4 if is_class else rect.center().y() - 10, rect.width() - 16, 20)
        single = Qt.TextFlag.TextSingleLine | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(theme.BODY, tabular=True))
        painter.setPen(theme.colour("quiet"))
        count = words.count(row.count)
        painter.drawText(top, single | Qt.AlignmentFlag.AlignRight, count)
        room = top.width() - painter.fontMetrics().horizontalAdvance(count) - 8
        left = top.x()
        if row.number:
            painter.setFont(theme.font(theme.CAPTION, tabular=True))
            painter.drawText(QRectF(left, top.y(), 14, 20), single, str(row.number))
        elif row.kind in ("unlabelled", "excluded"):
            icon = "info" if row.kind == "unlabelled" else "close"
            icons.draw(painter, icon, QRectF(left - 2, top.y() + 3, 14, 14), theme.colour("quiet"))
        if row.kind != "all":
            left, room = left + 16, room - 16
        painter.setFont(theme.font(theme.BODY, strong=chosen))
        painter.setPen(theme.colour("text" if row.kind in ("all", "class") else "quiet"))
        name = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideMiddle, round(room))
        painter.drawText(QRectF(left, top.y(), room, 20), single, name)
        if is_class:
            self._paint_bar(painter, row, QRectF(left, rect.bottom() - 11, rect.right() - 8 - left, 4))
        painter.restore()

    def _paint_bar(self, painter: QPainter, row: Row, track: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(track, 2, 2)
        painter.setBrush(theme.class_colour(row.colour))
        track.setWidth(max(4.0, track.width() * row.count / max(1, self.largest)))
        painter.drawRoundedRect(track, 2, 2)


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
        self._model, self._delegate = _Model(), _Delegate(self)
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
        self.selectionModel().blockSignals(True)
        self._model.beginResetModel()
        self._model.rows = rows
        self._model.endResetModel()
        kept = next((n for n, row in enumerate(rows) if (row.kind, row.name) == (standing.kind, standing.name)), 0)
        self.setCurrentIndex(self._model.index(kept))
        self.selectionModel().blockSignals(False)
        if (rows[kept].kind, rows[kept].name) != (standing.kind, standing.name):
            self.chosen.emit(rows[kept])

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
