"""The classes with their colours, number keys, counts and how the counts compare."""

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import theme, words

ROW = 44
Place = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ClassRow:
    """`name` is None for the line that stands for all classes; `number` is the key that relabels (0: none)."""

    name: str | None
    count: int
    number: int = 0
    colour: int = 0


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[ClassRow] = []

    def rowCount(self, parent: Place = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{title(row)}: {words.count(row.count)}"
        return None


class _Delegate(QStyledItemDelegate):
    largest = 1

    def sizeHint(self, option: QStyleOptionViewItem, index: Place) -> QSize:
        return QSize(120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Place) -> None:
        row: ClassRow = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect).adjusted(0, 1, 0, -1)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.colour("soft" if chosen else "hover"))
            painter.drawRoundedRect(rect, 6, 6)
        y = rect.y() + 4 if row.name is not None else rect.center().y() - 10
        top = QRectF(rect.x() + 8, y, rect.width() - 16, 20)
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
        if row.name is not None:
            left, room = left + 16, room - 16
        painter.setFont(theme.font(theme.BODY, strong=chosen))
        painter.setPen(theme.colour("text"))
        name = painter.fontMetrics().elidedText(title(row), Qt.TextElideMode.ElideMiddle, round(room))
        painter.drawText(QRectF(left, top.y(), room, 20), single, name)
        if row.name is not None:
            track = QRectF(left, rect.bottom() - 11, rect.right() - 8 - left, 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("line"))
            painter.drawRoundedRect(track, 2, 2)
            painter.setBrush(theme.class_colour(row.colour))
            track.setWidth(max(4.0, track.width() * row.count / max(1, self.largest)))
            painter.drawRoundedRect(track, 2, 2)
        painter.restore()


class ClassList(QListView):
    """`chosen` tells the name of a class, or None for all."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._model, self._delegate = _Model(), _Delegate(self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Classes"))
        self.selectionModel().currentChanged.connect(self._moved)
        theme.watcher().changed.connect(self._repaint)

    def _repaint(self, *_: object) -> None:
        """A method of its own: Qt forgets it together with the view, which it cannot do with a lambda."""
        self.viewport().update()

    def show_classes(self, counts: dict[str, int]) -> None:
        """All classes in order; the choice stays where it was."""
        current = self.current
        rows = [ClassRow(None, sum(counts.values()))]
        rows += [
            ClassRow(name, count, number if number <= 9 else 0, number - 1)
            for number, (name, count) in enumerate(counts.items(), 1)
        ]
        if rows == self._model.rows:
            return
        self._delegate.largest = max(counts.values(), default=1)
        same = [row.name for row in rows] == [row.name for row in self._model.rows]
        if same:
            self._model.rows = rows
            self._model.dataChanged.emit(self._model.index(0), self._model.index(len(rows) - 1))
            return
        self.selectionModel().blockSignals(True)
        self._model.beginResetModel()
        self._model.rows = rows
        self._model.endResetModel()
        place = next((number for number, row in enumerate(rows) if row.name == current), 0)
        self.setCurrentIndex(self._model.index(place))
        self.selectionModel().blockSignals(False)
        if rows[place].name != current:
            self.chosen.emit(rows[place].name)

    @property
    def current(self) -> str | None:
        place = self.currentIndex()
        return self._model.rows[place.row()].name if place.isValid() else None

    @property
    def names(self) -> list[str]:
        return [row.name for row in self._model.rows if row.name is not None]

    def number_of(self, name: str) -> int:
        """Which colour the class has; -1 for a name that is no class."""
        return next((row.colour for row in self._model.rows if row.name == name), -1)

    def _moved(self, now: QModelIndex, before: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self._model.rows[now.row()].name)


def title(row: ClassRow) -> str:
    return words.translate("ClassList", "All classes") if row.name is None else row.name
